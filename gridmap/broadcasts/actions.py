"""Writes of broadcasts by the desk: draft, update, submit, approve, send, stop, discard, cancel; and the officer's tick."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import DateTimeField, Func, Min, Q
from django.db.models.functions import Now
from django.utils import timezone

from gridmap.access import Scope, as_of, require
from gridmap.audit import log as audit
from gridmap.broadcasts import audience, ledger
from gridmap.broadcasts.content import content_hash, lengthen, longest
from gridmap.broadcasts.geofences import geometry
from gridmap.broadcasts.models import OUT, TOLD, Broadcast, Delivery, Geofence, MessageType, Picture, State
from gridmap.broadcasts.quiet import is_routine, require_quiet
from gridmap.broadcasts.schemas import BroadcastIn, GeofenceIn, SelectionIn, TickIn, UpdateIn
from gridmap.broadcasts.selection import Place, resolve, where
from gridmap.broadcasts.sending import publish_fact
from gridmap.broadcasts.templates import GAP, WORDS
from gridmap.errors import Conflict, Denied, Invalid, Missing
from gridmap.grids.ranges import runs, whole
from gridmap.people.limits import SEARCHES_AN_HOUR, limit, note_tags_counted
from gridmap.realtime.events import (
    BroadcastApproved,
    BroadcastCancelled,
    BroadcastDiscarded,
    BroadcastDrafted,
    BroadcastSent,
    BroadcastStopped,
    BroadcastSubmitted,
)
from gridmap.realtime.log import ring_clock

COUNTDOWN = timedelta(seconds=5)
LONGEST = timedelta(days=7)
DESK, STAFF = ("desk",), ("staff",)
GRAVE = ("danger_notice", "road_hazard", "relayed_warning")
# Warnings state all that the law on emergencies wants stated (突发事件应对法, 2024): category, level, start, area, what to beware
# of, what to do, who says so and when. All but these two are there by their form.
ELEMENTS = ("description", "instruction")
TEXTS = ("headline", *ELEMENTS)
NUMBER = re.compile("[0-9０-９〇零一二三四五六七八九十]")  # of the document that a warning is relayed from, or of its day


@transaction.atomic
def draft_broadcast(form: BroadcastIn, *, actor: Scope) -> Broadcast:
    """Write a draft: the area is checked and built here, and everybody in it counted.

    Raises:
        Invalid: the selection or a time is wrong.
        Missing: the area lies outside the author's grids.
    """
    broadcast = written(form, actor)
    broadcast.save(force_insert=True)
    return publish_fact(broadcast.pk, BroadcastDrafted, topics=DESK, actor=actor.user)


class ClockTimestamp(Func):
    """The time by the database's clock now, not when the transaction began: who waited three seconds for a row still has five to stop."""

    function = "clock_timestamp"
    output_field = DateTimeField()


@transaction.atomic
def save_geofence(form: GeofenceIn, *, actor: Scope) -> Geofence:
    """Save an area under a name.

    Raises:
        Invalid: the area is wrong, or the whole county.
        Missing, Denied: it lies outside the actor's grids, or part of it.
        Conflict: the folder has one of this name.
    """
    place = where(form.area, form.exclude, county=False)
    require(actor, "broadcasts.draft", ranges=runs(place.touched))
    if Geofence.objects.filter(name=form.name, folder=form.folder, retired_at=None).exists():
        raise Conflict("geofence.name_taken", field="name")
    kept = {"recipe": place.recipe, "exclude": place.exclude, "area": geometry(place.area), "touched": list(place.touched)}
    fence = Geofence.objects.create(name=form.name, folder=form.folder, author=actor.user, **kept)
    audit.record("geofence.saved", actor=actor.user, subject=fence.pk, about=whole(runs(place.touched)), geofence=form.name)
    return fence


@transaction.atomic
def update_broadcast(id: UUID, changes: UpdateIn, *, actor: Scope) -> Broadcast:
    """Draft the next version of a broadcast that is out: other words, another area, a later end.

    It goes the way of every broadcast, and takes the older version's place when it begins to go out; everybody who got any
    version gets it, and who is outside now is told that they are.

    Raises:
        Conflict: it is not out, or another version of it is being prepared already.
    """
    out = found(id, actor, "broadcasts.draft", [State.SENDING, State.IN_FORCE])
    refuse_cancel(out)
    _refuse_second(out.chain)
    same = {name: getattr(out, name) for name in UpdateIn.model_fields} | {"kind": out.kind, "drill": out.drill, "by_order": out.by_order}
    # Said to be none, a picture is taken away; of everything else that says as little as leaving it out.
    said = {name: value for name, value in changes.model_dump(exclude_unset=True).items() if value is not None or name == "picture"}
    if set(TEXTS) & set(said):
        said.setdefault("languages", [])  # a translation of other words would tell some people something else
    if changes.selection is not None:
        said["selection"] = {"basis": out.selection["basis"]} | changes.selection.model_dump(exclude_unset=True)
    broadcast = written(BroadcastIn(**same | said), actor, following=out)
    broadcast.save(force_insert=True)
    return publish_fact(broadcast.pk, BroadcastDrafted, topics=DESK, actor=actor.user)


def written(form: BroadcastIn, actor: Scope, following: Broadcast | None = None) -> Broadcast:
    """Check what somebody wants to say and to whom, and count them; not saved yet."""
    place = resolve(form.selection, form.kind)
    require(actor, "broadcasts.drill" if form.drill else "broadcasts.draft", ranges=runs(place.touched))
    if place.tags.sensitive:  # a draft tells a count too; what is drafted may still be handed over when one has looked too often
        limit("broadcast.drafted", SEARCHES_AN_HOUR, actor)
    now = timezone.now()
    if not now < form.expires <= now + LONGEST:
        raise Invalid("broadcast.expires_past", field="expires")
    if form.kind == "relayed_warning" and not form.authority:
        raise Invalid("broadcast.authority_needed", field="authority")
    if form.kind == "relayed_warning" and not NUMBER.search(form.authority):
        raise Invalid("broadcast.document_needed", field="authority")
    if form.by_order and not is_routine(form.kind, form.level):
        raise Invalid("broadcast.order_routine", field="by_order")
    texts = [(name, getattr(form, name)) for name in WORDS] + [("languages", text) for one in form.languages for text in (one.headline, one.description, one.instruction)]
    gap = next(((name, found[1]) for name, text in texts if (found := GAP.search(text))), None)
    if gap:  # nobody can walk along "{route}"
        raise Invalid("template.gap_empty", field=gap[0], gap=gap[1])
    if form.picture and not Picture.objects.filter(pk=form.picture).exists():
        raise Invalid("picture.unknown", field="picture")
    words = form.model_dump(exclude={"selection", "effective"})
    selection = {"area": place.recipe, "basis": form.selection.basis} | ({"tags": form.selection.tags} if place.tags.narrows else {})
    selection |= {"exclude": place.exclude} if place.exclude else {}
    broadcast = Broadcast(**words, effective=form.effective or now, selection=selection, author=actor.user)
    if following is not None:
        broadcast.effective = max(now, following.effective)  # what holds from tomorrow does so in other words too
        broadcast.chain, broadcast.version, broadcast.message_type = following.chain, _next_version(following.chain), MessageType.UPDATE
    if broadcast.effective > broadcast.expires:
        raise Invalid("broadcast.effective_future", field="expires" if following else "effective")
    _settle(broadcast, place, actor)
    return broadcast


def _next_version(chain: UUID) -> int:
    return int(Broadcast.objects.filter(chain=chain).order_by("-version").values_list("version", flat=True)[0]) + 1


def _refuse_second(chain: UUID) -> None:
    """One version at a time is prepared: two people who change one message would undo each other's words."""
    waiting = Broadcast.objects.pending(chain).select_related("author").first()
    if waiting is not None:
        raise Conflict("broadcast.update_waits", by=waiting.author.name, id=str(waiting.pk))


@transaction.atomic
def submit_broadcast(id: UUID, *, actor: Scope) -> Broadcast:
    """Hand a draft over for approval, counted anew so that the approver sees today's figures.

    Raises:
        Invalid: nobody is registered in the area.
        Conflict: it is no draft any more.
    """
    broadcast = found(id, actor, "broadcasts.draft", [State.DRAFT])
    if broadcast.author_id != actor.user.pk:
        raise Denied("broadcast.not_yours")
    missing = next((name for name in ELEMENTS if not getattr(broadcast, name)), None)
    if missing and broadcast.kind in GRAVE:
        raise Invalid("broadcast.element_missing", field=missing)
    _settle(broadcast, _resolve_again(broadcast), actor)
    if broadcast.residents == 0:
        raise Invalid("broadcast.nobody", field="selection")
    broadcast.state = State.SUBMITTED
    broadcast.save()
    return publish_fact(id, BroadcastSubmitted, topics=DESK, actor=actor.user)


@transaction.atomic
def approve_broadcast(id: UUID, content_hash: str, *, actor: Scope) -> Broadcast:
    """Approve what another person submitted; approving a cancel sends it at once.

    Raises:
        Denied: the author cannot approve their own.
        Conflict: it is not submitted, or is not what the approver saw.
    """
    broadcast = found(id, actor, "broadcasts.approve", [State.SUBMITTED])
    if broadcast.author_id == actor.user.pk:
        raise Denied("broadcast.own_approval")
    if broadcast.content_hash != content_hash:
        raise Conflict("broadcast.hash_differs", field="content_hash")
    if broadcast.message_type == MessageType.CANCEL:
        return _cancel_now(broadcast, actor)
    before = Broadcast.objects.before(broadcast).order_by("-version").first()
    if before is not None:  # an update is the all-clear of who is outside it
        require(actor, "broadcasts.approve", ranges=runs(before.touched))
    _move(id, State.SUBMITTED, state=State.APPROVED, approver=actor.user, approved_at=Now())
    return publish_fact(id, BroadcastApproved, topics=STAFF, actor=actor.user)


@transaction.atomic
def send_broadcast(id: UUID, *, actor: Scope) -> Broadcast:
    """Start the five-second countdown; committed before the answer, so "sent" is true whatever dies next (P1).

    Raises:
        Denied: neither the author nor the approver asks.
        Conflict: it is not approved, or over; or routine, at night or too often.
    """
    broadcast = found(id, actor, "broadcasts.draft", [State.APPROVED])
    if actor.user.pk not in (broadcast.author_id, broadcast.approver_id):
        raise Denied("broadcast.not_yours")
    if broadcast.expires <= timezone.now() + COUNTDOWN:
        raise Conflict("broadcast.over")
    require_quiet(broadcast)
    _move(id, State.APPROVED, state=State.COUNTDOWN, sends_at=ClockTimestamp() + COUNTDOWN)
    ring_clock()
    return publish_fact(id, BroadcastSent, topics=STAFF, actor=actor.user)


@transaction.atomic
def stop_broadcast(id: UUID, *, actor: Scope) -> Broadcast:
    """Stop the countdown; one person is enough.

    Raises:
        Conflict: no countdown runs any more.
    """
    found(id, actor, "broadcasts.approve", [State.COUNTDOWN])
    stopped = Broadcast.objects.filter(pk=id, state=State.COUNTDOWN, sends_at__gt=Now())
    # What one person sent alone is nobody's approved message, to be sent again: they press anew.
    alone = stopped.filter(approver=None).update(state=State.CANCELLED, ended_at=Now(), review="")
    if not alone and not stopped.update(state=State.APPROVED, sends_at=None):
        raise Conflict("broadcast.state", state=Broadcast.objects.get(pk=id).state)
    return publish_fact(id, BroadcastStopped, topics=STAFF, actor=actor.user)


@transaction.atomic
def discard_broadcast(id: UUID, *, actor: Scope) -> Broadcast:
    """Throw away what was being prepared, so that another can take its place; one person is enough, as for stopping.

    Raises:
        Conflict: it is out, or goes out.
    """
    found(id, actor, "broadcasts.draft", [State.DRAFT, State.SUBMITTED, State.APPROVED])
    return _discard(id, actor)


def _discard(id: UUID, actor: Scope) -> Broadcast:
    before = Broadcast.objects.get(pk=id)
    before.state, before.ended_at = State.CANCELLED, timezone.now()
    before.save(update_fields=["state", "ended_at"])
    return publish_fact(id, BroadcastDiscarded, topics=STAFF if before.approved_at else DESK, actor=actor.user)


@transaction.atomic
def cancel_broadcast(id: UUID, reason: str, *, actor: Scope) -> Broadcast:
    """Write the cancel of a broadcast that is out, or of an evacuation whose time ran out while people are looked for; another
    person approves it.

    Returns:
        The cancel: the next version of the chain, submitted.

    Raises:
        Conflict: it is not out, or another cancel of it waits for its approval already.
    """
    broadcast = found(id, actor, "broadcasts.draft", [State.SENDING, State.IN_FORCE, State.EXPIRED])
    refuse_cancel(broadcast)
    if broadcast.state == State.EXPIRED and not ledger.is_unfinished(broadcast):
        raise Conflict("broadcast.over")
    if Broadcast.objects.pending(broadcast.chain).filter(message_type=MessageType.CANCEL).exists():
        raise Conflict("broadcast.cancel_waits")
    cancel = Broadcast.objects.get(pk=id)  # all that it says of the message, until an update says it otherwise
    cancel.pk, cancel.version, cancel.message_type = uuid4(), _next_version(broadcast.chain), MessageType.CANCEL
    cancel.state, cancel.author, cancel.approver = State.SUBMITTED, actor.user, None
    cancel.description, cancel.picture, cancel.phase, cancel.cursor = reason, None, 0, -1
    cancel.drafted_at = timezone.now()
    cancel.approved_at = cancel.sends_at = cancel.started_at = cancel.completed_at = cancel.ended_at = None
    # Who looked at the message has not looked at its cancel, and no template says why it is called off.
    cancel.review = cancel.remark = ""
    cancel.template = cancel.reviewer = cancel.reviewed_at = None
    cancel.expires = longest(cancel)
    cancel.content_hash = content_hash(cancel)
    cancel.save(force_insert=True)
    return publish_fact(cancel.pk, BroadcastSubmitted, topics=DESK, actor=actor.user)


@transaction.atomic
def tick_resident(id: UUID, tick: TickIn, *, actor: Scope) -> None:
    """Record what an officer found at a door; the resident has to live in the officer's grids.

    Raises:
        Missing: no such broadcast or no delivery to that resident within the officer's grids.
        Conflict: the broadcast is over for days, or the person asked for help after the door was ticked.
    """
    now, actor = actor, _as_found(id, tick, actor)
    # Not locked, as for a receipt: two hundred tablets that come back into signal at once would hold up every chunk of an update.
    broadcast = found(id, actor, "broadcasts.knock", list(OUT), lock=False)
    refuse_cancel(broadcast)
    broadcast = ledger.standing(broadcast, tick.resident, afterwards=True)
    delivery = Delivery.objects.filter(broadcast_id=broadcast.pk, resident_id=tick.resident).first()
    if delivery is None:
        raise Missing("request.missing")
    require(actor, "broadcasts.knock", no=delivery.no)
    # A tick waits on the tablet for a signal; what somebody found or pressed since must not be undone by it. One that runs ahead is as good as now.
    if tick.tick != "need_help" and tick.at and ledger.needed_since(broadcast, tick.resident, tick.at, officer=actor.user.pk):
        raise Conflict("tick.called_since", field="at")
    word = ledger.Word(broadcast.pk, tick.resident, tick=tick.tick, pressed_at=tick.at)
    touched = ledger.receive([word], source="officer", officer=actor.user.pk)
    audit.record("broadcast.ticked", actor=actor.user, subject=tick.resident, about=(delivery.no, delivery.no + 1), broadcast=str(broadcast.pk), tick=tick.tick, **({} if now.holds(delivery.no) else {"former": True}))
    ledger.tell(broadcast.pk, touched.get(broadcast.pk, []))


def _as_found(id: UUID, tick: TickIn, actor: Scope) -> Scope:
    """Give the grids that count for a tick: where they are not the officer's now, also those of when it was made, of a warning that
    was out by then."""
    chain = Broadcast.objects.filter(chain__in=Broadcast.objects.filter(pk=id).values("chain"))
    where = Delivery.objects.filter(broadcast_id__in=chain.values("pk"), resident_id=tick.resident).values_list("no", flat=True)
    if tick.at is None or (where and all(actor.holds(no) for no in where)):
        return actor
    began = chain.aggregate(at=Min("started_at"))["at"]
    return as_of(actor, tick.at) if began and tick.at >= began else actor


def refuse_cancel(broadcast: Broadcast) -> None:
    """A cancel is final (P6): nothing undoes it, and nobody knocks for it.

    Raises:
        Conflict: the broadcast is a cancel.
    """
    if broadcast.message_type == MessageType.CANCEL:
        raise Conflict("broadcast.is_cancel")


def _resolve_again(broadcast: Broadcast) -> Place:
    """Check a draft's selection against today's grids."""
    return resolve(SelectionIn(**broadcast.selection), broadcast.kind)


def _settle(broadcast: Broadcast, place: Place, actor: Scope) -> None:
    """Put the checked area and its counts into a draft, and hash what will be approved."""
    shown = place.by_groups if place.tags.sensitive else place
    counts = audience.preview(shown)
    # Its cancel goes to everybody who got any version: by what was narrowed once the whole chain's figures would tell who was meant.
    broadcast.in_tens = place.tags.sensitive or Broadcast.objects.filter(chain=broadcast.chain, in_tens=True).exists()
    if place.tags.sensitive:  # for everybody: count and hash stand beside what planners read
        counts = counts.blurred(shown.question)
        note_tags_counted(actor=actor, about=runs(place.touched), people=counts.residents)
    broadcast.area = geometry(place.area)
    broadcast.drawn = place.drawn
    broadcast.inside = [number for pair in place.inside for number in pair]
    broadcast.cut, broadcast.touched = list(place.cut), list(place.touched)
    broadcast.residents, broadcast.away = counts.residents, counts.away
    broadcast.connected, broadcast.households = counts.connected, counts.households
    broadcast.content_hash = content_hash(broadcast)


def found(id: UUID, actor: Scope, action: str, states: list[State], *, lock: bool = True) -> Broadcast:
    """Find a broadcast in one's area, lock it unless told otherwise, and refuse when its state does not allow the step."""
    rows = Broadcast.objects.all()
    if lock:  # a whole chain, oldest first, so that cancelling and approving the cancel cannot deadlock
        rows = rows.select_for_update(no_key=True, of=("self",))
        list(rows.filter(chain__in=Broadcast.objects.filter(pk=id).values("chain")).order_by("version").values_list("pk", flat=True))
    broadcast = rows.within(actor.ranges).filter(pk=id).first()
    if broadcast is not None and broadcast.drill and action == "broadcasts.draft":
        action = "broadcasts.drill"  # who may practise takes a practice from its draft to its end
    if broadcast is None or (broadcast.state not in TOLD and not actor.may("broadcasts.drill" if broadcast.drill else "broadcasts.draft")):
        raise Missing("request.missing")
    require(actor, action, ranges=None if action == "broadcasts.knock" else runs(broadcast.touched))
    if broadcast.state not in states:
        raise Conflict("broadcast.state", state=broadcast.state)
    return broadcast


def _move(id: UUID, before: State, **changes: Any) -> None:
    if not Broadcast.objects.filter(pk=id, state=before).update(**changes):
        raise Conflict("broadcast.state", state=Broadcast.objects.get(pk=id).state)


def _cancel_now(cancel: Broadcast, actor: Scope) -> Broadcast:
    """End what is out and start the cancel in one transaction, so that nothing rings in between; updates being prepared end too."""
    stands = Q(state__in=[State.SENDING, State.IN_FORCE]) | Q(pk__in=Broadcast.objects.unfinished().values("pk"))
    out = Broadcast.objects.filter(stands, chain=cancel.chain)
    over = list(out.order_by("version").values_list("pk", flat=True))
    if not over:
        raise Conflict("broadcast.over")
    out.update(state=State.CANCELLED, ended_at=Now())
    lengthen(cancel)
    moved = {"state": State.SENDING, "approver": actor.user, "approved_at": Now(), "sends_at": Now(), "expires": cancel.expires, "content_hash": cancel.content_hash}
    _move(cancel.pk, State.SUBMITTED, **moved)
    ring_clock()
    for id in Broadcast.objects.pending(cancel.chain).order_by("version").values_list("pk", flat=True):
        _discard(id, actor)
    for id in over:
        publish_fact(id, BroadcastCancelled, actor=actor.user)
    return publish_fact(cancel.pk, BroadcastApproved, topics=STAFF, actor=actor.user)


