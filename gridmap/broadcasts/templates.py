"""Templates: words that two people agreed on in calm, so that one can send them alone when minutes count."""

import re
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from pydantic import ValidationError

from gridmap.access import Scope, require
from gridmap.audit import log as audit
from gridmap.broadcasts.models import Template
from gridmap.broadcasts.reads import person
from gridmap.broadcasts.schemas import BroadcastIn, ReleaseIn, TemplateIn, TemplateOut
from gridmap.errors import Conflict, Denied, Invalid, Missing
from gridmap.grids.models import Grid

GAP = re.compile(r"\{([^{}]{1,20})\}")
WORDS = ("headline", "description", "instruction", "issuer")


def offered() -> QuerySet[Template]:
    """Give the templates that are not retired."""
    return Template.objects.filter(retired_at=None).select_related("author", "approver").order_by("kind", "name")


@transaction.atomic
def draft_template(form: TemplateIn, *, actor: Scope) -> Template:
    """Write a template; nobody can send it alone before another person approved it.

    Raises:
        Invalid: a brace that opens no gap.
    """
    require(actor, "broadcasts.draft")
    for name in WORDS:
        if re.search(r"[{}]", GAP.sub("", getattr(form, name))):
            raise Invalid("template.brace", field=name)
    template = Template.objects.create(**form.model_dump(), author=actor.user)
    audit.record("template.drafted", actor=actor.user, subject=template.pk, template=template.name)
    return template


@transaction.atomic
def approve_template(id: UUID, *, actor: Scope) -> Template:
    """Approve another person's template, or one that was shipped.

    Raises:
        Denied: one's own.
        Conflict: it is approved or retired already.
    """
    template = _open(id, actor, "broadcasts.approve")
    if template.author_id == actor.user.pk:
        raise Denied("broadcast.own_approval")
    if template.approved_at:
        raise Conflict("template.over")
    Template.objects.filter(pk=id).update(approver=actor.user, approved_at=Now())
    audit.record("template.approved", actor=actor.user, subject=id, template=template.name)
    return offered().get(pk=id)


@transaction.atomic
def retire_template(id: UUID, *, actor: Scope) -> None:
    """Offer a template no more; one person is enough."""
    template = _open(id, actor, "broadcasts.approve")
    Template.objects.filter(pk=id).update(retired_at=Now())
    audit.record("template.retired", actor=actor.user, subject=id, template=template.name)


def filled(template: Template, wanted: ReleaseIn, *, authority: str = "") -> BroadcastIn:
    """Give a template's words with its gaps filled; whoever sends it can change nothing else.

    Args:
        template: the words.
        wanted: area and gaps.
        authority: of a warning that is relayed, who issued it and under what number.

    Raises:
        Conflict: nobody approved it.
        Invalid: a gap is empty or unknown, or the words became too long.
    """
    if template.approved_at is None:
        raise Conflict("template.not_approved")
    gaps = gaps_of(template)
    unknown = next((name for name in wanted.gaps if name not in gaps), None)
    empty = next((name for name in gaps if not wanted.gaps.get(name)), None)
    if unknown or empty:
        raise Invalid("template.gap_unknown" if unknown else "template.gap_empty", field=f"gaps.{unknown or empty}", gap=unknown or empty)
    said: dict[str, Any] = {name: GAP.sub(lambda gap: wanted.gaps[gap[1]], getattr(template, name)) for name in WORDS}
    same = {name: getattr(template, name) for name in ("kind", "level", "category")}
    expires = timezone.now() + timedelta(hours=template.hours)
    try:
        return BroadcastIn(**said, **same, selection=wanted.selection, expires=expires, authority=authority, drill=False)
    except ValidationError as error:
        raise Invalid("template.too_long", field=str(error.errors()[0]["loc"][0])) from error


def gaps_of(template: Template) -> list[str]:
    """Name the gaps, in the order in which they are read."""
    return list(dict.fromkeys(gap for name in WORDS for gap in GAP.findall(getattr(template, name))))


def shown(template: Template, scope: Scope) -> TemplateOut:
    """Build a template as the desk sees it."""
    state: Literal["waiting", "approved", "retired"] = "retired" if template.retired_at else "approved" if template.approved_at else "waiting"
    return TemplateOut(
        **{name: getattr(template, name) for name in TemplateIn.model_fields}, id=template.pk, gaps=gaps_of(template), state=state,
        author=person(template.author) if template.author else None,
        approver=person(template.approver) if template.approver else None, mine=template.author_id == scope.user.pk,
    )  # fmt: skip


def _open(id: UUID, actor: Scope, action: str) -> Template:
    county = Grid.objects.current().county()  # they are offered to everybody: who holds a township approves none, and takes none away
    require(actor, action, ranges=[(county.group_start, county.group_end)])
    template = offered().select_for_update(of=("self",)).filter(pk=id).first()
    if template is None:
        raise Missing("request.missing")
    return template
