"""One row of a register: each cell checked and brought into the form in which it is kept, or named with its reason."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from gridmap.fields import line, visible_name
from gridmap.imports.sheets import EMPTY, Cell
from gridmap.phones import normal

NOT_KEPT = ("mark", "nickname", "remark", "officer", "tags")
MOST = {"name": 40, "address": 120, "household": 33, "head": 40}
SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
PRESENCE = {
    "在家": "here", "常住": "here", "在": "here", "是": "here", "here": "here", "外出": "away", "在外": "away", "外出务工": "away",
    "不在家": "away", "否": "away", "away": "away", "不详": "unknown", "未知": "unknown", "unknown": "unknown",
}  # fmt: skip
DATE = re.compile(r"(\d{4})[-/.年](?:(\d{1,2})(?:[-/.月](?:(\d{1,2})日?)?)?)?(?: 0?0:00(?::00)?)?")
DIGITS = re.compile(r"(\d{4})(?:(\d{2})(\d{2})?)?")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


class Wrong(Exception):
    """A cell that cannot be taken, with its field, the reason and what it says."""

    def __init__(self, field: str, reason: str, said: str = "") -> None:
        super().__init__(reason)
        self.field, self.reason, self.said = field, reason, said


@dataclass(frozen=True)
class Person:
    """What a row says of a person, checked; "" and None where it says nothing."""

    name: str
    phone: str
    birth_year: int | None
    id_number: str
    presence: str
    address: str
    household: str
    head: str


def person_of(cells: dict[str, Cell]) -> Person:
    """Check a row's cells, by field.

    Raises:
        Wrong: the first cell that cannot be taken.
    """
    for field, cell in cells.items():
        if field in NOT_KEPT:
            continue
        if cell.fault:
            raise Wrong(field, cell.fault, cell.text)
        if len(cell.text) > MOST.get(field, 200):
            raise Wrong(field, "too_long", cell.text)
        _readable(field, cell.text)
    identity = _identity(_text(cells, "id_number").upper())
    return Person(
        name=_name(_text(cells, "name")),
        phone=_phone(_text(cells, "phone")),
        birth_year=_birth(_text(cells, "birth")) or (int(identity[6:10]) if identity else None),
        id_number=identity,
        presence=_presence(_text(cells, "presence")),
        address=_text(cells, "address"),
        household=re.sub(r"\s", "", _text(cells, "household")),
        head=_text(cells, "head"),
    )


def _text(cells: dict[str, Cell], field: str) -> str:
    return unicodedata.normalize("NFKC", cells.get(field, EMPTY).text).strip()


def _readable(field: str, text: str) -> None:
    try:
        line(text)
    except ValueError as error:
        raise Wrong(field, "hidden_signs", text) from error


def _name(said: str) -> str:
    try:
        visible_name(said)
    except ValueError as error:
        raise Wrong("name", "hidden_signs", said) from error
    name = re.sub(r"\s+(?=[\u3400-\u9fff\U00020000-\U0003ffff])", "", said)  # 陈 伟 is 陈伟
    if not name:
        raise Wrong("name", "missing")
    if len(name) < 2:
        raise Wrong("name", "too_short", name)
    if not all(unicodedata.category(sign)[0] == "L" or sign in "·•・.'- " for sign in name) or "\ufffd" in name:
        raise Wrong("name", "no_name", name)  # 陈** of a masked export, ??? of a lossy conversion, pictures
    return name


def _phone(said: str) -> str:
    if not said or said in ("无", "没有", "-", "—", "/", "0"):
        return ""
    if SCIENTIFIC.fullmatch(said):
        raise Wrong("phone", "rounded", said)
    if len(re.split(r"[/、,;，；]", said)) > 1 or len(re.findall(r"(?<!\d)(?:1[2-9]\d{9}|0\d{9,11})(?!\d)", said)) > 1:
        raise Wrong("phone", "several", said)
    try:
        return normal(said)
    except ValueError as error:
        raise Wrong("phone", "no_phone", said) from error


def _birth(said: str) -> int | None:
    """Only the year is kept: what sorts a knock list needs no day."""
    if not said:
        return None
    found = DATE.fullmatch(said) or DIGITS.fullmatch(said)
    if found is None:
        raise Wrong("birth", "no_date", said)
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        born = date(year, month, day)
    except ValueError:
        raise Wrong("birth", "no_date", said) from None
    if born > date.today() or year < date.today().year - 125:
        raise Wrong("birth", "unlikely", said)
    return year


def _identity(said: str) -> str:
    """Check an identity number (GB 11643-1999: a date and a check digit, ISO 7064 MOD 11-2)."""
    if not said:
        return ""
    if SCIENTIFIC.fullmatch(said):
        raise Wrong("id_number", "rounded", said)
    if not re.fullmatch(r"\d{17}[\dX]", said):
        raise Wrong("id_number", "no_identity", said)
    remainder = sum(int(digit) * weight for digit, weight in zip(said[:17], WEIGHTS, strict=True)) % 11
    if "10X98765432"[remainder] != said[17]:
        raise Wrong("id_number", "check_digit", said)
    try:
        _birth(said[6:14])
    except Wrong:
        raise Wrong("id_number", "no_identity", said) from None
    return said


def _presence(said: str) -> str:
    if not said:
        return ""
    if said not in PRESENCE:
        raise Wrong("presence", "no_presence", said)
    return PRESENCE[said]
