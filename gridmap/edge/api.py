"""HTTP for residents' phones."""

from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.utils import timezone
from ninja import Router, Status

from gridmap.edge import actions, joins, places, reads, records, trials
from gridmap.edge.codes import code_behind
from gridmap.edge.schemas import (
    AboutIn,
    CorrectionIn,
    Devices,
    HearingIn,
    HearingOut,
    HomeIn,
    Inbox,
    JoinIn,
    JoinPage,
    JoinState,
    PauseIn,
    PlaceIn,
    PlaceOut,
    ReceiptIn,
    ReceiptOut,
    RecordOut,
)
from gridmap.edge.sessions import DeviceCookie, PhoneRequest, keep_device
from gridmap.errors import Missing
from gridmap.origin import require_same_origin
from gridmap.tokens import hashed

router = Router(auth=DeviceCookie())


@router.get("/inbox", response=Inbox)
def inbox(request: PhoneRequest) -> Inbox:
    """This resident's messages."""
    items = reads.inbox_of(request.auth)
    home = reads.home_of(request.auth)
    hearings = [HearingOut(id=row.pk, shown_as=row.shown_as, active=row.active) for row in reads.hearings_of(request.auth.resident_id)]
    return Inbox(
        items=items, total=len(items), home=home, hearings=hearings, sharing_until=places.sharing_until(request.auth),
        server_time=timezone.now(), csrf=get_token(request), demo=settings.DEMO,
    )  # fmt: skip


@router.get("/inbox/pictures/{uuid:id}")
def picture(request: PhoneRequest, id: UUID) -> HttpResponse:
    """The picture of a message that came to this phone."""
    data = reads.picture_for(request.auth.resident_id, id)
    if data is None:
        raise Missing("request.missing")
    return HttpResponse(data, content_type="image/jpeg", headers={"Cache-Control": "private, max-age=86400, immutable"})


@router.post("/receipts", response=ReceiptOut)
def receipts(request: PhoneRequest, body: ReceiptIn) -> ReceiptOut:
    """Say that a message was displayed, or answer it."""
    return actions.receive_receipt(body, endpoint=request.auth)


@router.post("/hearings/{uuid:id}", response={204: None})
def hear(request: PhoneRequest, id: UUID, body: HearingIn) -> Status[None]:
    """Agree to hear for somebody without a phone, or hear for them no longer."""
    actions.answer_hearing(id, agreed=body.agreed, endpoint=request.auth)
    return Status(204, None)


@router.post("/pause", response={204: None})
def pause(request: PhoneRequest, body: PauseIn) -> Status[None]:
    """Have this phone hear nothing but danger notices, or everything again."""
    actions.pause_device(paused=body.paused, endpoint=request.auth)
    return Status(204, None)


@router.post("/place", response=PlaceOut)
def share_place(request: PhoneRequest, body: PlaceIn) -> PlaceOut:
    """Share where this phone is for some hours, or say where it is meanwhile."""
    return PlaceOut(until=places.share_place(body, endpoint=request.auth).until)


@router.delete("/place", response={204: None})
def stop_sharing(request: PhoneRequest) -> Status[None]:
    """Forget where this phone is."""
    places.stop_sharing(endpoint=request.auth)
    return Status(204, None)


@router.get("/record", response=RecordOut)
def record(request: PhoneRequest) -> RecordOut:
    """What is kept about this resident, as it was last asked for."""
    wish = records.latest(request.auth)
    kept = records.answer_of(wish) if wish else None
    state = "none" if wish is None or (wish.state == "done" and kept is None) else wish.state
    return RecordOut(state=state, record=kept, csrf=get_token(request), demo=settings.DEMO)  # type: ignore[arg-type]  # the column's choices


@router.post("/record", response={202: None})
def ask_record(request: PhoneRequest, body: AboutIn) -> Status[None]:
    """Ask for what is kept."""
    records.ask_record(about=body.about, endpoint=request.auth)
    return Status(202, None)


@router.post("/record/corrections", response={202: None})
def ask_correction(request: PhoneRequest, body: CorrectionIn) -> Status[None]:
    """Ask to have a field corrected."""
    records.ask_correction(body, endpoint=request.auth)
    return Status(202, None)


@router.post("/record/presence", response={202: None})
def say_presence(request: PhoneRequest, body: HomeIn) -> Status[None]:
    """Say whether one is at home."""
    records.say_presence(body, endpoint=request.auth)
    return Status(202, None)


@router.post("/record/erase", response={202: None})
def ask_erasure(request: PhoneRequest, body: AboutIn) -> Status[None]:
    """Ask to be erased."""
    records.ask_erasure(about=body.about, endpoint=request.auth)
    return Status(202, None)


@router.get("/devices", response=Devices)
def devices(request: PhoneRequest) -> Devices:
    """This resident's phones."""
    items = reads.devices_of(request.auth)
    return Devices(items=items, total=len(items))


@router.delete("/devices/{uuid:id}", response={204: None})
def leave(request: PhoneRequest, id: UUID) -> Status[None]:
    """Take one of this resident's phones out; it hears nothing more."""
    actions.revoke_device(id, endpoint=request.auth)
    return Status(204, None)


@router.post("/trial/{token}", response={204: None}, auth=None)
def claim_trial_phone(request: HttpRequest, response: HttpResponse, token: str) -> Status[None]:
    """Make this browser one of the desk's own phones."""
    require_same_origin(request)
    kept = trials.claim_phone(token, before=request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
    keep_device(response, settings.DEVICE_COOKIE_NAME, kept)
    return Status(204, None)


@router.get("/join", response=JoinState, auth=None)
def join_state(request: HttpRequest, response: HttpResponse) -> JoinState:
    """How far this browser's request has come; once let in, the browser becomes the phone that it asked to be."""
    token = request.COOKIES.get(settings.JOIN_COOKIE_NAME, "")
    state = joins.state_of(token) or "none"
    if state == "connected":
        actions.retire_device(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""))
        keep_device(response, settings.DEVICE_COOKIE_NAME, token)
        response.delete_cookie(settings.JOIN_COOKIE_NAME)
    return JoinState(state=state, pairing=joins.pairing_of(hashed(token)) if state == "waiting" else "")  # type: ignore[arg-type]


@router.get("/join/{token}", response=JoinPage, auth=None)
def join_page(request: HttpRequest, token: str) -> JoinPage:
    """Whose QR code this is."""
    code = code_behind(token)
    if code is None:
        raise Missing("join.code")
    return JoinPage(places=reads.names_down_to(code.grid), officer=code.officer_name, door=code.household is not None, demo=settings.DEMO)


@router.post("/join/{token}", response={202: JoinState}, auth=None)
def join(request: HttpRequest, response: HttpResponse, token: str, body: JoinIn) -> Status[JoinState]:
    """Ask to join; what comes back does not say whether the register knows this phone."""
    require_same_origin(request)
    code = code_behind(token)
    if code is None:
        raise Missing("join.code")
    before = request.COOKIES.get(settings.JOIN_COOKIE_NAME, "")
    kept = joins.request_join(body, code=code, address=request.META.get("REMOTE_ADDR") or None, before=before)
    # Beside the phone's own cookie until it is let in: asking must not take a joined phone off the air.
    keep_device(response, settings.JOIN_COOKIE_NAME, kept)
    return Status(202, JoinState(state="waiting", pairing=joins.pairing_of(hashed(kept))))
