"""Fields that every noun takes from people: text that shows what it says, and times that can be true."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Annotated

from django.utils import timezone
from pydantic import AfterValidator, AwareDatetime, Field

# Signs that break or turn the line or show nothing, and letters that show nothing: a warning must read as it was approved.
HIDDEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
FARTHEST = timedelta(days=366)


JOINERS = "\u200c\u200d"  # some scripts and pictures need them


def line(said: str) -> str:
    """Let a line of text pass that shows what it says.

    Raises:
        ValueError: it holds what breaks or turns the line, or nothing to see.
    """
    # U+FFFE and U+FFFF are no characters: no XML may hold them, and one would spoil the whole CAP feed.
    # What Python can print holds no such sign: most lines are looked at once, not sign by sign.
    if not said.isprintable() and any(unicodedata.category(sign) in HIDDEN and sign not in JOINERS or ord(sign) & 0xFFFE == 0xFFFE for sign in said):
        raise ValueError("control signs, line breaks or signs that turn the direction of reading")
    if said and not any(unicodedata.category(sign)[0] in "LNPS" and sign not in BLANK for sign in said):
        raise ValueError("nothing that can be seen")
    return said


def visible_name(said: str) -> str:
    """Let a name pass whose every sign shows: with a joiner or a filler in it, no search would find it again.

    Raises:
        ValueError: it holds a sign that shows nothing.
    """
    if any(sign in JOINERS or sign in BLANK or unicodedata.category(sign) == "Mn" for sign in said):
        raise ValueError("signs that show nothing")
    return said


def _lines(said: str) -> str:
    for row in said.replace("\r\n", "\n").split("\n"):
        line(row.replace("\t", " ") if row.strip() else "")
    return said.replace("\r\n", "\n")


def _is_near(time: datetime) -> bool:
    now = datetime.now(UTC)
    # Compared without arithmetic on the value: year 1 or 9999 with an offset has no UTC.
    return now.year - 1 <= time.year <= now.year + 1 and abs(time - now) <= FARTHEST


def _near(time: datetime) -> datetime:
    if not _is_near(time):
        raise ValueError("more than a year from now")
    return time


def _believable(time: datetime | None) -> datetime | None:
    """A device whose clock was reset still has something to say: its time is dropped, its word is not (P17)."""
    return time if time is not None and _is_near(time) else None


def _not_in_the_future(year: int) -> int:
    if year > timezone.localdate().year:
        raise ValueError("a year that has not come")
    return year


def _no_number(said: str) -> str:
    if re.search(r"\d{5}", unicodedata.normalize("NFKC", said)):
        raise ValueError("no phone or identity numbers in a reason: it is kept in clear")
    return said


Line = Annotated[str, AfterValidator(line)]
Lines = Annotated[str, AfterValidator(_lines)]
Address = Annotated[Line, Field(min_length=1, max_length=120)]
Year = Annotated[int, Field(ge=1895), AfterValidator(_not_in_the_future)]
Moment = Annotated[AwareDatetime, AfterValidator(_near)]
Pressed = Annotated[AwareDatetime | None, AfterValidator(_believable)]
Reason = Annotated[Line, Field(min_length=2, max_length=200), AfterValidator(_no_number)]
FullName = Annotated[Line, Field(max_length=40), AfterValidator(visible_name), AfterValidator(str.strip), Field(min_length=2)]
