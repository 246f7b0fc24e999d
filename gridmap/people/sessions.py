"""Sign-in and the session: who is asking, and with which scope."""

import hashlib
import secrets
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from threading import BoundedSemaphore, Lock

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from ninja.security.apikey import APIKeyCookie

from gridmap.access import FIELD, Scope, scope_of
from gridmap.errors import Denied, TooMany, Unknown
from gridmap.people import second_factor
from gridmap.people.models import SignInFailure, User, WallDevice
from gridmap.tokens import hashed

WINDOW = timedelta(minutes=15)
WALL = ""  # nobody's user name: of a wall's wrong token
TRIES_PER_ACCOUNT_AND_ADDRESS = 5
TRIES_PER_ADDRESS = 50
AT_ONCE, AT_ONCE_PER_ADDRESS = 8, 4
_trying: Counter[str | None] = Counter()
_counting = Lock()
HASHING = BoundedSemaphore(2)  # argon2 takes memory on purpose: a flood of tries must not take all of it
BACKEND = "django.contrib.auth.backends.ModelBackend"
# In the session itself: when a person was last at the screen, and of a wall the device that it rests on.
TOUCHED, DEVICE = "touched", "wall_device"
PROVEN, PROOF_SECONDS = "proven", 600  # when who they are was last proven: approving needs it anew after ten minutes
TOUCH_SECONDS = 60  # noted no more often than that
UNATTENDED = "X-Unattended"  # said by a page that polls while nobody touches it
WALL_AGE = timedelta(days=400)  # a wall is on for months; browsers keep no cookie for longer


class StaffSession(APIKeyCookie):
    """Lets a signed-in staff member in and gives the call its scope; unsafe calls need the CSRF token."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> Scope | None:
        if not request.user.is_authenticated:
            raise Unknown("session.needed")
        return scope_of(request.user)


def still_holds(session: SessionBase, user: User) -> bool:
    """Say whether a session goes on: its user may still come in, somebody touched the screen lately, a wall's device was not revoked."""
    if not user.is_active:
        return False
    if device := session.get(DEVICE):
        return WallDevice.objects.filter(pk=device, user=user.pk).exists()
    minutes = settings.IDLE_MINUTES["field" if user.role in FIELD else "desk"]
    return time.time() - session.get(TOUCHED, time.time()) < 60 * minutes


def note_touch(request: HttpRequest) -> None:
    """Note that a person is at the screen; a page that only polls says so and does not count."""
    now = int(time.time())
    if DEVICE in request.session or UNATTENDED in request.headers or now - request.session.get(TOUCHED, 0) < TOUCH_SECONDS:
        return
    request.session[TOUCHED] = now
    try:
        request.session.save()
    except UpdateError:  # signed out meanwhile by another call
        request.user = AnonymousUser()
    request.session.modified = False


def sign_in(request: HttpRequest, *, username: str, password: str, otp: str | None) -> User:
    """Check a password, and the second factor where there is one, and begin a new session.

    Raises:
        TooMany: too many failures from this address, on this account from here or on any. The true owner at
            another address is not locked out.
        Unknown: name or password is wrong; both take the same time and get the same answer.
    """
    address = request.META.get("REMOTE_ADDR") or None
    with _a_place_to_try(address), _one_try_at_a_time(f"{address} {username[:60]}"):
        user = checked(username, password, otp, address)
    login(request, user, backend=BACKEND)
    request.session[PROVEN] = int(time.time())
    return user


def prove(request: HttpRequest, user: User, *, password: str, otp: str | None) -> None:
    """Take a signed-in person's password and second factor once more.

    Raises:
        TooMany: as at sign-in.
        Denied: they are wrong; the session goes on.
    """
    address = request.META.get("REMOTE_ADDR") or None
    with _a_place_to_try(address), _one_try_at_a_time(f"{address} {user.username}"):
        try:
            checked(user.username, password, otp, address)
        except Unknown as refused:
            denied = Denied(refused.code)
            denied.keeps = True  # else no try is ever counted: a route of staff is one transaction
            raise denied from refused
    request.session[PROVEN] = int(time.time())


def require_proven(request: HttpRequest) -> None:
    """Let pass who proved within ten minutes that they are who is signed in: a desk left open approves nothing.

    Raises:
        Denied: longer ago; the page asks for the password.
    """
    if time.time() - request.session.get(PROVEN, 0) > PROOF_SECONDS:
        raise Denied("session.prove")


def checked(username: str, password: str, otp: str | None, address: str | None) -> User:
    """Give whose name, password and second factor these are.

    Raises:
        TooMany: too many failures from this address, or on this account from here.
        Unknown: they are wrong.
    """
    recent = SignInFailure.objects.filter(at__gt=timezone.now() - WINDOW, address=address).exclude(username=WALL)
    here = recent.filter(username=username[:60]).count()
    if here >= TRIES_PER_ACCOUNT_AND_ADDRESS or recent.count() >= TRIES_PER_ADDRESS:
        raise TooMany("session.throttled", minutes=int(WINDOW.total_seconds() // 60))
    user = User.objects.filter(username=username, is_active=True).first()
    with HASHING:
        right = check_password(password, user.password if user and user.has_usable_password() else _nobody())
    if not right or user is None:
        SignInFailure.objects.create(username=username[:60], address=address)
        raise Unknown("session.refused")
    if user.totp_sealed is not None:
        if not otp:  # said only to who knows the password
            raise Unknown("session.otp_needed")
        if not second_factor.take(user, otp):
            SignInFailure.objects.create(username=username[:60], address=address)
            raise Unknown("session.otp_wrong")
    return user


@contextmanager
def _a_place_to_try(address: str | None) -> Iterator[None]:
    """Let only a few tries in at once, before they take a connection: three hundred of them took all that there are."""
    with _counting:
        if _trying[address] >= AT_ONCE_PER_ADDRESS or _trying.total() >= AT_ONCE:
            raise TooMany("session.busy")
        _trying[address] += 1
    try:
        yield
    finally:
        with _counting:
            _trying[address] -= 1
            if not _trying[address]:
                del _trying[address]


@contextmanager
def _one_try_at_a_time(who: str) -> Iterator[None]:
    """Refuse tries that come while another is being judged: forty at once would each see no failure yet."""
    key = int.from_bytes(hashlib.sha256(who.encode(errors="replace")).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise TooMany("session.busy")
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def sign_in_wall(request: HttpRequest, token: str) -> User | None:
    """Sign a wall screen in by its device token; None when no such device is known or it was revoked."""
    address = request.META.get("REMOTE_ADDR") or None
    with _a_place_to_try(address):
        device = WallDevice.objects.filter(token_hash=hashed(token), user__is_active=True).select_related("user").first()
        if device is None:
            # Counted apart: wrong tokens must not lock people of the same address out, nor fill the table.
            if SignInFailure.objects.filter(at__gt=timezone.now() - WINDOW, address=address, username=WALL).count() < TRIES_PER_ADDRESS:
                SignInFailure.objects.create(username=WALL, address=address)
            return None
        login(request, device.user, backend=BACKEND)
        request.session[DEVICE] = device.pk
        request.session.set_expiry(WALL_AGE)
        return device.user


def sign_out(request: HttpRequest) -> None:
    """End the session; its sockets close within five seconds."""
    logout(request)


@cache
def _nobody() -> str:
    """A password hash that nobody has, so that an unknown name takes as long as a wrong password."""
    return make_password(secrets.token_urlsafe())

