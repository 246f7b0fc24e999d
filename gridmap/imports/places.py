"""Where a row belongs: by the group's code, by the path of names, by the address, or by a place; never by a name alone.

Of Longhui's 572 villages 15 names occur more than once, and every village has a 1组: names count only together with
those above them, or within the grid that the file was said to be of.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Self

from geodata.codes import Level
from gridmap.errors import Missing
from gridmap.grids.index import GroupIndex
from gridmap.grids.models import Grid
from gridmap.imports.rows import SCIENTIFIC

DIGITS = {"〇": 0, "零": 0, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
NUMBER = r"第?([0-9]{1,3}|[〇零一二两三四五六七八九十]{1,3})"
GROUP = re.compile(NUMBER + r"(?:村民小组|居民小组|村民组|小组|组|队)?")
GROUP_IN_ADDRESS = re.compile(NUMBER + r"(?:村民小组|居民小组|村民组|小组|组|队)")  # 甲村2号 is a house, 一心路 a street
DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]+)?")
ABOVE = re.compile(r"^(湖南省|湖南)?(邵阳市|邵阳)?(隆回县|隆回)?")
SEAT = re.compile(r"(村民委员会|居民委员会|村委会|居委会)$")


class NoPlace(Exception):
    """A row that cannot be placed, with the field and the reason."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field, self.reason = field, reason


@dataclass(frozen=True)
class Placer:
    """The names of the current grids, ready to be looked up.

    Attributes:
        townships: codes by name; each name with and without 镇, 乡 or 街道.
        villages: codes by township code and name.
        groups: codes by village code and the number or name of the group.
        under: the code below which everything lies, "" for the county.
    """

    index: GroupIndex
    townships: dict[str, set[str]]
    villages: dict[str, dict[str, set[str]]]
    groups: dict[str, dict[str, str]]
    under: str

    @classmethod
    def below(cls, index: GroupIndex, under: str) -> Self:
        """Read the names of all grids; those not below ``under`` are known, to say that a row lies elsewhere."""
        townships: dict[str, set[str]] = {}
        villages: dict[str, dict[str, set[str]]] = {}
        groups: dict[str, dict[str, str]] = {}
        for code, name, level in Grid.objects.current().filter(level__gte=Level.TOWNSHIP).values_list("code", "name", "level"):
            if level == Level.TOWNSHIP:
                for spelling in (name, re.sub(r"(镇|乡|街道|街道办事处)$", "", name)):
                    townships.setdefault(spelling, set()).add(code)
            elif level == Level.VILLAGE:
                names = villages.setdefault(code[:9], {})
                for spelling in (name, re.sub(r"(村|社区)$", "", name)):
                    names.setdefault(spelling, set()).add(code)
            else:
                groups.setdefault(code[:12], {})[group_form(name)] = code
        return cls(index, townships, villages, groups, under)

    def by_code(self, said: str) -> int:
        """Find a group by its 15 digits."""
        code = unicodedata.normalize("NFKC", said).strip()
        if SCIENTIFIC.fullmatch(code):
            raise NoPlace("group_code", "rounded")
        span = self.index.spans.get(code)
        if span is None or span[0] != Level.GROUP:
            raise NoPlace("group_code", "unknown_code")
        return self._checked(code, "group_code")

    def by_names(self, township: str, village: str, group: str) -> int:
        """Find a group by the names down to it; what the file's own grid settles may be left out."""
        known = [self.under[:9]] if len(self.under) >= 9 and not township else sorted(self.townships.get(_plain(township), ()))
        if not known:
            raise NoPlace("township", "unknown_name" if township else "missing")
        if len(self.under) >= 12 and not village:
            found = {self.under[:12]}
        elif not village:
            raise NoPlace("village", "missing")
        else:
            found = set().union(*(self.villages.get(code, {}).get(_village(village), set()) for code in known))
        if len(found) != 1:
            raise NoPlace("village", "several_names" if found else "unknown_name")
        code = found.pop()
        if not (code.startswith(self.under) or self.under.startswith(code)):
            raise NoPlace("village", "elsewhere")
        return self._group_of(code, group, "group")

    def by_address(self, said: str) -> int:
        """Find a group in an address that begins with the names down to it."""
        rest = ABOVE.sub("", _plain(said))
        township = self._longest(rest, self.townships)
        if township is None and len(self.under) < 9:
            raise NoPlace("address", "no_path")
        rest = rest.removeprefix(township or "").removeprefix("镇").removeprefix("乡")
        villages: dict[str, set[str]] = {}
        for code in self.townships.get(township, set()) if township else {self.under[:9]}:
            for name, codes in self.villages.get(code, {}).items():
                villages.setdefault(name, set()).update(codes)
        village = self._longest(rest, villages)
        if village is None or len(villages[village]) != 1:
            raise NoPlace("address", "no_path")
        rest = re.sub(r"^(村?民委员会|居?民委员会|村?委会|居?委会|社区|村)+", "", rest.removeprefix(village))
        number = GROUP_IN_ADDRESS.match(rest)
        if number is None:
            raise NoPlace("address", "no_path")
        return self._group_of(next(iter(villages[village])), number.group(0), "address")

    def by_place(self, lon: str, lat: str) -> tuple[int, tuple[float, float]]:
        """Find the group that holds a place, WGS-84 degrees."""
        for field, said in (("lon", lon), ("lat", lat)):
            if not DEGREES.fullmatch(said.strip()):
                raise NoPlace(field, "not_a_number" if said else "missing")
        x, y = float(lon), float(lat)
        box = self.index.box
        if not (box.west <= x <= box.east and box.south <= y <= box.north):
            turned = box.west <= y <= box.east and box.south <= x <= box.north
            raise NoPlace("lon", "swapped" if turned else "outside_county")
        try:
            no = self.index.at(x, y)
        except Missing:
            raise NoPlace("lon", "outside_county") from None
        self._checked(self.index.named(no)[0], "lon")
        return no, (round(x, 6), round(y, 6))

    def _group_of(self, village: str, group: str, field: str) -> int:
        if not group and len(self.under) == 15:
            return self._checked(self.under, field)
        if not group:
            raise NoPlace(field, "missing")
        code = self.groups.get(village, {}).get(group_form(group))
        if code is None:
            raise NoPlace(field, "unknown_name")
        return self._checked(code, field)

    def _checked(self, code: str, field: str) -> int:
        if not code.startswith(self.under):
            raise NoPlace(field, "elsewhere")
        return self.index.spans[code][1]

    @staticmethod
    def _longest(text: str, names: dict[str, set[str]]) -> str | None:
        return max((name for name in names if name and text.startswith(name)), key=len, default=None)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _village(text: str) -> str:
    return SEAT.sub("", _plain(text))


def group_form(text: str) -> str:
    """Bring 三组, 第3村民小组 and 3 into one form; a group with a name of its own keeps it."""
    said = _plain(text)
    found = GROUP.fullmatch(said)
    if found is None:
        return said
    number = found.group(1)
    return str(int(number)) if number.isdigit() else str(_number(number))


def _number(text: str) -> int:
    tens, _, ones = text.rpartition("十")
    if "十" not in text:
        return int("".join(str(DIGITS[sign]) for sign in text))
    return (DIGITS.get(tens, 1)) * 10 + (DIGITS.get(ones, 0))
