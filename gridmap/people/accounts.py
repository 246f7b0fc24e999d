"""Accounts of staff: made by a commander, enrolled by their owner, reset by another person, closed at once."""

import secrets
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from gridmap.access import FIELD, Scope, require, visible
from gridmap.audit import log as audit
from gridmap.edge.models import CodeKind, JoinCode
from gridmap.edge.trials import drop_phones_of
from gridmap.errors import Conflict, Invalid, Missing
from gridmap.grids.models import Grid
from gridmap.people import second_factor
from gridmap.people.accounts_schemas import AccountIn, EnrolIn
from gridmap.people.alarms import follow_uncovered
from gridmap.people.models import Assignment, Officer, Posting, Role, User, WallDevice
from gridmap.realtime.events import AssignmentChanged
from gridmap.realtime.log import publish
from gridmap.tokens import hashed

FIRST_PASSWORD_BYTES, WALL_TOKEN_BYTES = 12, 32


@transaction.atomic
def create_account(wanted: AccountIn, *, actor: Scope) -> tuple[User, str]:
    """Make a sign-in; who works in the field becomes an officer, who gets their grids by assignment.

    Returns:
        The user, and the first password, or of a wall the token of its screen, which nobody can read again.

    Raises:
        Conflict: the user name is taken.
        Missing: the grid lies outside the actor's.
    """
    require(actor, "people.accounts")
    grid = visible(Grid.objects.current(), actor).filter(code=wanted.grid).first() if wanted.grid else None
    if Role(wanted.role) not in FIELD and grid is None:
        raise Missing("request.missing", field="grid")
    return _create(wanted, grid, actor)


def create_first(wanted: AccountIn) -> tuple[User, str]:
    """Make a commander of the whole county from the shell; for ``create_commander``."""
    with transaction.atomic():
        return _create(wanted, Grid.objects.current().county(), None)


def _create(wanted: AccountIn, grid: Grid | None, actor: Scope | None) -> tuple[User, str]:
    user = User(username=wanted.username, name=wanted.name, role=wanted.role)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict("account.taken", field="username") from error
    first = _begun(user)
    if Role(wanted.role) in FIELD:
        Officer.objects.create(name=user.name, user=user, station=wanted.station)
    elif grid is not None:
        Posting.objects.create(user=user, grid=grid, period=(timezone.now(), None))
    audit.record("people.accounts", actor=actor.user if actor else None, subject=user.pk, made=wanted.role, username=user.username)
    return user, first


@transaction.atomic
def reset_account(id: UUID, *, actor: Scope) -> tuple[User, str]:
    """Give somebody a new first password and take their second factor away, or a wall another token; their sessions end.

    Raises:
        Conflict: it is the actor's own.
    """
    user = _another(id, actor)
    first = _begun(user)
    _closed(user, actor, reset=True)
    return user, first


@transaction.atomic
def deactivate_account(id: UUID, *, actor: Scope) -> User:
    """Close an account: its sessions and sockets end, its doors' QR codes too, and what it answered for is uncovered at once.

    Raises:
        Conflict: it is the actor's own.
    """
    user = _another(id, actor)
    user.is_active = False
    user.save()
    JoinCode.objects.filter(made_by=user.pk, kind=CodeKind.DOOR).update(revoked=True)
    drop_phones_of(user.pk)  # else they go on reading drafts before anybody else
    _closed(user, actor, deactivated=True)
    follow_uncovered()  # publishes: the audit's lock comes before the log's
    return user


@transaction.atomic
def enrol(word: EnrolIn, *, user: User, secret: str | None) -> None:
    """Take somebody's own password and second factor; from then on they have their rights.

    Raises:
        Invalid: the password is too easy, or the code is not the authenticator's.
        Conflict: there is nothing to enrol.
    """
    if not second_factor.enrolling(user):
        raise Conflict("account.enrolled")
    try:
        validate_password(word.password, user)
    except ValidationError as error:
        raise Invalid("account.password", field="password") from error
    if user.check_password(word.password):
        raise Invalid("account.password", field="password")
    if second_factor.needed(user):
        step = second_factor.step_of(secret, word.otp or "") if secret else None
        if secret is None or step is None:
            raise Invalid("session.otp_wrong", field="otp")
        user.totp_sealed, user.totp_step = second_factor.kept(user, secret), step
    user.set_password(word.password)
    user.first_password = False
    user.save()
    audit.record("people.enrol", actor=user, subject=user.pk)


def within(actor: Scope) -> QuerySet[User]:
    """Give the accounts that a person may see and reset: those whose grids, now and to come, all lie in theirs; who resets an account
    can sign in with it, so nobody gets a wider one by that."""
    inside = reduce(or_, (Q(grid__group_start__gte=start, grid__group_end__lte=end) for start, end in actor.ranges))
    standing = Q(period__endswith=None) | Q(period__endswith__gt=timezone.now())
    posted = Posting.objects.filter(standing, user=OuterRef("pk")).exclude(inside)
    assigned = Assignment.objects.filter(standing, officer__user=OuterRef("pk")).exclude(inside)
    return User.objects.exclude(Exists(posted) | Exists(assigned))


def _another(id: UUID, actor: Scope) -> User:
    require(actor, "people.accounts")
    user = within(actor).select_for_update(no_key=True).filter(pk=id).first()
    if user is None:
        raise Missing("request.missing")
    if user == actor.user:
        raise Conflict("account.own")
    return user


def _closed(user: User, actor: Scope, **detail: Any) -> None:
    audit.record("people.accounts", actor=actor.user, subject=user.pk, **detail)
    # Every process looks at once whose sessions and rights still hold; nobody else hears anything in it.
    publish(AssignmentChanged(grids=[]), ranges=[])


def _begun(user: User) -> str:
    """Let a user begin anew: with a first password, a wall screen with a token that replaces all others."""
    first = secrets.token_urlsafe(WALL_TOKEN_BYTES if user.role == Role.WALL else FIRST_PASSWORD_BYTES)
    user.totp_sealed, user.totp_step = None, 0
    if user.role == Role.WALL:
        user.set_unusable_password()
        WallDevice.objects.filter(user=user).delete()
        WallDevice.objects.create(token_hash=hashed(first), user=user)
    else:
        user.set_password(first)
        user.first_password = True
    user.save()
    return first
