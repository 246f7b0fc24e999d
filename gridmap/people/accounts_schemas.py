"""What signing in and accounts look like on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from gridmap.fields import FullName, Line


class SignIn(Schema):
    """A user name, a password, and the second factor's code where there is one."""

    username: str
    password: str
    otp: str | None = None


class ProofIn(Schema):
    """A signed-in person's password and second factor, once more."""

    password: str = Field(max_length=200)
    otp: str | None = Field(None, max_length=10)


class WallSignIn(Schema):
    """The token of a wall screen."""

    token: str = Field(max_length=100)


class UserOut(Schema):
    """Who is signed in."""

    id: UUID
    name: str
    role: str
    grids: list[str]


class SessionOut(Schema):
    """The session, and the token that unsafe calls send back as X-CSRFToken."""

    user: UserOut
    csrf: str
    demo: bool
    enrol: bool


class EnrolStart(Schema):
    """What to scan; null for a role without a second factor."""

    secret: str | None
    picture: str | None


class EnrolIn(Schema):
    """One's own password, and a code that shows that the authenticator works."""

    password: str = Field(max_length=200)
    otp: str | None = None


class AccountIn(Schema):
    """A sign-in for somebody: where they work at a desk or a wall, the grid over which they hold their role."""

    username: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{2,39}$")]
    name: FullName
    role: Literal["commander", "planner", "auditor", "wall", "township_head", "officer", "auxiliary"]
    grid: str | None = None
    station: Annotated[Line, Field(max_length=80)] = ""


class AccountOut(Schema):
    """A sign-in; the first password, or the address that a wall's screen opens, is said once. What follows # never leaves that screen."""

    id: UUID
    username: str
    name: str
    role: str
    active: bool
    enrolled: bool
    first_password: str | None = None
    wall_address: str | None = None


class Accounts(Schema):
    """Sign-ins, by user name."""

    items: list[AccountOut]
    total: int
