"""The second factor: codes of six digits that change every half minute (TOTP, RFC 6238), each taken once."""

import time

import pyotp
from django.conf import settings

from gridmap.people.models import Role, User
from gridmap.sealing import seal, unseal

STEP_SECONDS = 30
DRIFT = 1  # half minutes by which a phone's clock may be off, either way
NEEDED = frozenset({Role.COMMANDER, Role.PLANNER, Role.AUDITOR})


def needed(user: User) -> bool:
    """Say whether a role has to have one; the demo's sign-ins do without."""
    return not settings.DEMO and Role(user.role) in NEEDED


def enrolling(user: User) -> bool:
    """Say whether somebody is signed in only far enough to choose a password and a second factor."""
    return user.first_password or (needed(user) and user.totp_sealed is None)


def new_secret() -> str:
    """Make a secret, as text for an authenticator."""
    return pyotp.random_base32()


def address_of(user: User, secret: str) -> str:
    """Give the otpauth address that an authenticator scans."""
    return pyotp.TOTP(secret).provisioning_uri(name=user.username, issuer_name="gridmap")


def kept(user: User, secret: str) -> bytes:
    """Seal a secret to its user."""
    return seal(secret, f"people_user.totp.{user.pk}")


def step_of(secret: str, code: str) -> int | None:
    """Give the half minute whose code this is, None when it is that of none near now."""
    now = int(time.time()) // STEP_SECONDS
    totp = pyotp.TOTP(secret)
    if not (len(code) == 6 and code.isascii() and code.isdigit()):
        return None
    return next((step for step in range(now - DRIFT, now + DRIFT + 1) if pyotp.utils.strings_equal(code, totp.at(step * STEP_SECONDS))), None)


def take(user: User, code: str) -> bool:
    """Take a code of a user's second factor; the same code is taken once, whoever comes second is refused."""
    if user.totp_sealed is None:
        return False
    step = step_of(unseal(user.totp_sealed, f"people_user.totp.{user.pk}"), code)
    if step is None:
        return False
    return bool(User.objects.filter(pk=user.pk, totp_step__lt=step).update(totp_step=step))
