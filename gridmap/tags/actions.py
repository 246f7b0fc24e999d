"""Writes of tags: made, edited, retired, merged, imported; put on residents and taken off."""

import csv
import io
from datetime import date
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone
from pydantic import ValidationError

from gridmap.access import Scope, require
from gridmap.audit import log as audit
from gridmap.broadcasts.models import Broadcast, State
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.models import Grid
from gridmap.people.found import found
from gridmap.people.limits import limit
from gridmap.tags.coverage import drift
from gridmap.tags.forbidden import forbidden
from gridmap.tags.labels import beside, by_label, label_of
from gridmap.tags.models import Tag, Tagging
from gridmap.tags.schemas import BadLine, RevealTagsIn, SetTagsIn, TagIn
from gridmap.words import sentence

MOST_TAGS, MOST_ON_ONE, MOST_LINES = 962, 40, 2000
ON_ITS_WAY = (State.SUBMITTED, State.APPROVED, State.COUNTDOWN, State.SENDING, State.IN_FORCE)
REVEALS_AN_HOUR = 60
HEADINGS = {
    "编码": "code", "代码": "code", "类别": "category", "分类": "category", "名称": "name_zh", "标签": "name_zh", "英文名": "name_en", "定义": "definition_zh",
    "用途": "purpose_zh", "目的": "purpose_zh", "责任单位": "owner_zh", "负责单位": "owner_zh", "敏感": "sensitive", "有效月数": "months", "有效期": "months",
}  # fmt: skip
CATEGORIES = {"照护": "care", "沟通": "communication", "医疗": "medical", "未成年人": "minor", "从业": "work", "力量": "strength", "居住": "dwelling"}
YES = {"1": True, "是": True, "true": True, "yes": True, "0": False, "否": False, "false": False, "no": False}


@transaction.atomic
def save_tag(wanted: TagIn, *, actor: Scope) -> Tag:
    """Make a tag, or change one of this code.

    Raises:
        Invalid: it is one of those that nobody may put on anybody, its names are taken, or there are 962 already.
        Conflict: whether it is sensitive cannot change while it stands on people.
    """
    _require_whole_county(actor)
    tag = _saved(wanted)
    audit.record("tags.save", actor=actor.user, code=tag.code)
    return tag


@transaction.atomic
def retire_tag(code: str, *, actor: Scope) -> Tag:
    """Retire a tag: nobody gets it any more, and it shows on nobody; saved again within its months it is as it was.

    Raises:
        Missing: there is no such tag in use.
        Conflict: a broadcast on its way is meant for those who carry it.
    """
    _require_whole_county(actor)
    tag = _tag(code)
    _not_in_use(code)
    people = Tagging.objects.filter(label=label_of(tag)).count()
    Tag.objects.filter(pk=code).update(retired_at=timezone.now())
    audit.record("tags.retire", actor=actor.user, code=code, people=people)
    return Tag.objects.get(pk=code)


@transaction.atomic
def merge_tags(code: str, into: str, *, actor: Scope) -> Tag:
    """Merge a tag into another: whom it stands on get the other, and it is retired.

    Raises:
        Missing: one of them is no tag in use.
        Invalid: they are one and the same, or a sensitive one would become a plain one.
    """
    _require_whole_county(actor)
    _not_in_use(code)
    _not_in_use(into)  # or it would mean, in a broadcast that is approved or out, people whom nobody counted
    old, new = _tag(code), _tag(into)
    if old.pk == new.pk or (old.sensitive and not new.sensitive):
        raise Invalid("tags.merge", field="into")
    have = Tagging.objects.filter(label=label_of(new)).values("resident")
    moved = Tagging.objects.filter(label=label_of(old)).exclude(resident__in=have).update(label=label_of(new))
    Tagging.objects.filter(label=label_of(old)).delete()
    Tag.objects.filter(pk=code).update(retired_at=timezone.now(), merged_into=into)
    audit.record("tags.merge", actor=actor.user, code=code, into=into, people=moved)
    return Tag.objects.get(pk=into)


@transaction.atomic
def import_tags(content: str, *, commit: bool, actor: Scope, english: bool) -> tuple[int, int, list[BadLine]]:
    """Look at a county's own list of tags, and take it over whole when no line is bad.

    Returns:
        How many are new, how many change, and the lines that cannot be taken.
    """
    _require_whole_county(actor)
    known = set(Tag.objects.values_list("code", flat=True))
    before, bad = len(known), []
    with transaction.atomic():
        here = transaction.savepoint()
        lines = list(_lines(content))
        for number, row in lines:
            try:
                with transaction.atomic():
                    _saved(TagIn.model_validate(row))
            except ValidationError as error:
                first = error.errors()[0]
                field = ".".join(str(step) for step in first["loc"])
                bad.append(_bad(number, field, "request.invalid", {"field": field, "reason": first["msg"]}, english))
            except (Invalid, Conflict) as error:
                bad.append(_bad(number, str(error.where.get("field", "")), error.code, error.where, english))
        added = Tag.objects.count() - before
        if bad or not commit:
            transaction.savepoint_rollback(here)
    if commit and not bad:
        audit.record("tags.import", actor=actor.user, lines=len(lines), added=added)
    return added, len(lines) - added - len(bad), bad


@transaction.atomic
def set_tags(id: UUID, wanted: SetTagsIn, *, actor: Scope) -> None:
    """Put tags on a resident, or confirm them anew; take others off.

    Raises:
        Missing: the resident lies outside the actor's grids.
        Invalid: a tag that does not exist or is retired, or more than forty on one person.
    """
    person = found(id, actor, to_write=True)  # a label carries the group: whoever moves meanwhile must not leave it in the old one
    require(actor, "tags.set", no=person.no)
    sensitive = Tag.objects.filter(pk__in=[*wanted.add, *wanted.remove], sensitive=True).exists()
    if sensitive and wanted.reason is None:  # what changes tells what was there before
        raise Invalid("tags.reason", field="reason")
    if sensitive:
        limit("tags.set", REVEALS_AN_HOUR, actor)
    for code in wanted.add:
        tag = Tag.objects.in_use().filter(pk=code).first()
        if tag is None:
            raise Invalid("tags.unknown", field="add", tag=code)
        confirmed = beside(person) | {"until": months_from(timezone.localdate(), tag.months), "by": actor.user.pk}
        new = confirmed | {"since": timezone.localdate()}
        Tagging.objects.update_or_create(resident=person, label=label_of(tag), defaults=confirmed, create_defaults=new)
    gone = [label_of(tag) for tag in Tag.objects.filter(pk__in=wanted.remove)]
    Tagging.objects.filter(resident=person, label__in=gone).delete()
    if Tagging.objects.filter(resident=person).count() > MOST_ON_ONE:
        raise Invalid("tags.most_on_one", field="add", most=MOST_ON_ONE)
    # Which ones is not written down: the audit is read by more people than the tags are.
    why = {"reason": wanted.reason} if sensitive else {}
    audit.record("tags.set", actor=actor.user, subject=id, about=(person.no, person.no + 1), added=len(wanted.add), removed=len(wanted.remove), **why)


@transaction.atomic
def reveal_tags(id: UUID, why: RevealTagsIn, *, actor: Scope) -> list[tuple[Tag, Tagging]]:
    """Show a resident's sensitive tags too, and write down who saw them and why.

    Raises:
        Missing: the resident lies outside the actor's grids.
        TooMany: the actor revealed too many within the hour.
    """
    person = found(id, actor)
    require(actor, "people.reveal", no=person.no)
    limit("tags.reveal", REVEALS_AN_HOUR, actor)
    audit.record("tags.reveal", actor=actor.user, subject=id, about=(person.no, person.no + 1), field="tags", reason=why.reason)
    return tags_of(id)


def tags_of(id: UUID) -> list[tuple[Tag, Tagging]]:
    """Give the tags on a resident."""
    known = {label: tag for label, tag in by_label().items() if tag.retired_at is None}
    return [(known[row.label], row) for row in Tagging.objects.filter(resident=id).order_by("since", "label") if row.label in known]


@transaction.atomic
def forget_tags() -> int:
    """Take off the tags that nobody confirmed in time; run by the clock.

    Returns:
        How many.
    """
    return Tagging.objects.filter(until__lt=timezone.localdate()).delete()[0]


@transaction.atomic
def recount_labels() -> int:
    """Count every label anew and mend the counters that differ; run nightly by the clock, and expected to find none.

    Returns:
        In how many groups.
    """
    wrong = sorted({no for _, no in drift()})
    if wrong:
        with connection.cursor() as cursor:
            cursor.execute("SELECT tags_count_groups(%s)", [wrong])
        audit.record("tags.drift", actor=None, groups=len(wrong), first=wrong[0])
    return len(wrong)


def months_from(day: date, months: int) -> date:
    """Give the day so many months later; the end of a month stays one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError("every month has 28 days")


def _saved(wanted: TagIn) -> Tag:
    hit = forbidden(wanted.code, wanted.name_zh, wanted.name_en, wanted.definition_zh, wanted.definition_en, wanted.purpose_zh, wanted.purpose_en, wanted.owner_zh, wanted.owner_en)
    if hit:
        raise Invalid("tags.forbidden", field="name_zh", topic=hit[0], word=hit[1])
    before = Tag.objects.filter(pk=wanted.code).first()
    if before is None and Tag.objects.count() >= MOST_TAGS:
        raise Invalid("tags.most", field="code", most=MOST_TAGS)
    for name in ("name_zh", "name_en"):
        if Tag.objects.filter(**{name: getattr(wanted, name)}).exclude(pk=wanted.code).exists():
            raise Invalid("tags.name_taken", field=name)
    # A sensitive one never becomes plain: whoever carries it later would have it in clear. Another code is another tag.
    if before and before.sensitive != wanted.sensitive and (before.sensitive or Tagging.objects.filter(label=label_of(before)).exists()):
        raise Conflict("tags.sensitivity", field="sensitive")
    tag = Tag(**wanted.model_dump())
    tag.save()
    return tag


def _lines(content: str) -> list[tuple[int, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(content.removeprefix("\ufeff")))
    try:
        reader.fieldnames = [HEADINGS.get(name.strip(), name.strip()) for name in reader.fieldnames or ()]
        rows = list(islice(reader, MOST_LINES + 1))
    except csv.Error as error:
        raise Invalid("tags.list", field="content", line=reader.line_num) from error
    if len(rows) > MOST_LINES:
        raise Invalid("tags.list", field="content", line=MOST_LINES)
    found = []
    for number, row in enumerate(rows, 2):
        said: dict[str, Any] = {name: (value or "").strip() for name, value in row.items() if name}
        said["category"] = CATEGORIES.get(said.get("category", ""), said.get("category", ""))
        said["sensitive"] = YES.get(said.get("sensitive", "").lower(), said.get("sensitive"))
        said.setdefault("name_en", said.get("code", ""))
        found.append((number, said))
    return found


def _bad(line: int, field: str, code: str, where: dict[str, Any], english: bool) -> BadLine:
    return BadLine(line=line, field=field, code=code, message=sentence(code, where, english=english))


def _tag(code: str) -> Tag:
    tag = Tag.objects.in_use().filter(pk=code).first()
    if tag is None:
        raise Missing("request.missing")
    return tag


def _require_whole_county(actor: Scope) -> None:
    """Tags are the county's: of people beyond somebody's grids the database shows them nothing, so they could not mend it."""
    county = Grid.objects.current().county()
    require(actor, "tags.manage", ranges=[(county.group_start, county.group_end)])


def _not_in_use(code: str) -> None:
    """A broadcast that is approved or in force is meant for whoever carries its tags, now and later."""
    for selection in Broadcast.objects.filter(state__in=ON_ITS_WAY).values_list("selection", flat=True):
        tags = selection.get("tags") or {}
        if any(code in codes for codes in [*tags.get("any_of", []), tags.get("none_of", [])]):
            raise Conflict("tags.in_use", tag=code)
