"""HTTP for accounts: made and closed by a commander, enrolled by their owner."""

from typing import Any
from uuid import UUID

import segno
from django.contrib.auth import update_session_auth_hash
from django.db.models import Q
from ninja import Query, Router, Status

from gridmap.access import StaffRequest, require
from gridmap.idempotency.once import once
from gridmap.people import accounts, second_factor
from gridmap.people.accounts_schemas import AccountIn, AccountOut, Accounts, EnrolIn, EnrolStart
from gridmap.people.models import Role, User
from gridmap.people.sessions import require_proven

router = Router()
PAGE = 100
PENDING = "enrolling"


@router.get("/accounts", response=Accounts)
def list_accounts(request: StaffRequest, name: str = "", page: int = Query(1, ge=1, le=10_000)) -> Accounts:
    """Everybody who can sign in, by user name; or whose name or user name contains some signs."""
    require(request.auth, "people.accounts")
    rows = accounts.within(request.auth).filter(Q(name__contains=name) | Q(username__contains=name)).order_by("-is_active", "username")
    return Accounts(items=[_shown(row) for row in rows[(page - 1) * PAGE : page * PAGE]], total=rows.count())


@router.post("/accounts", response={201: AccountOut})
def create(request: StaffRequest, body: AccountIn) -> Status[AccountOut]:
    """Make a sign-in. No Idempotency-Key: an answer with a password in it must not be kept; a retry is 409, reset it then."""
    require_proven(request)
    user, first = accounts.create_account(body, actor=request.auth)
    return Status(201, _shown(user, first))


@router.post("/accounts/{uuid:id}/reset", response=AccountOut)
def reset(request: StaffRequest, id: UUID) -> AccountOut:
    """Give somebody a new first password."""
    require_proven(request)
    return _shown(*accounts.reset_account(id, actor=request.auth))


@router.post("/accounts/{uuid:id}/deactivate", response=AccountOut)
@once
def deactivate(request: StaffRequest, id: UUID) -> AccountOut:
    """Close an account."""
    return _shown(accounts.deactivate_account(id, actor=request.auth))


@router.get("/session/enrol", response=EnrolStart)
def begin(request: StaffRequest) -> EnrolStart:
    """What to scan with an authenticator, where the role needs one."""
    if not second_factor.enrolling(request.auth.user) or not second_factor.needed(request.auth.user):
        return EnrolStart(secret=None, picture=None)
    secret = request.session.get(PENDING) or second_factor.new_secret()
    request.session[PENDING] = secret
    picture = segno.make(second_factor.address_of(request.auth.user, secret), error="m").svg_data_uri(scale=6, border=2)
    return EnrolStart(secret=secret, picture=picture)


@router.post("/session/enrol", response={204: None})
def enrol(request: StaffRequest, body: EnrolIn) -> Status[None]:
    """Choose a password and a second factor of one's own."""
    session: Any = request.session
    accounts.enrol(body, user=request.auth.user, secret=session.pop(PENDING, None))
    update_session_auth_hash(request, request.auth.user)
    return Status(204, None)


def _shown(user: User, first: str | None = None) -> AccountOut:
    wall = user.role == Role.WALL
    return AccountOut(
        id=user.pk, username=user.username, name=user.name, role=user.role, active=user.is_active,
        enrolled=not second_factor.enrolling(user), first_password=None if wall else first,
        wall_address=f"/sign-in#wall={first}" if wall and first else None,
    )  # fmt: skip
