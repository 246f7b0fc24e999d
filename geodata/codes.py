"""Division codes: what a code says by its length alone.

China's statistical division codes (GB/T 10114 and the statistics bureau's 12-digit extension) nest by prefix:
6 digits are a county, 9 a township, 12 a village; gridmap adds 3 digits for the villagers' group. Codes are data,
never the key of a person: names repeat and codes change from year to year.
"""

from enum import IntEnum


class Level(IntEnum):
    """The levels of the tree of grids, from the top; the household below the group has no polygon of its own."""

    COUNTY = 0
    TOWNSHIP = 1
    VILLAGE = 2
    GROUP = 3

    @property
    def label(self) -> str:
        """The level's name on the wire and in tiles, such as ``township``."""
        return self.name.lower()


LENGTHS = {6: Level.COUNTY, 9: Level.TOWNSHIP, 12: Level.VILLAGE, 15: Level.GROUP}


def level(code: str) -> Level:
    """Say which level a code is of.

    Args:
        code: 6, 9, 12 or 15 digits.

    Raises:
        ValueError: the code has another length or holds something other than the digits 0 to 9.
    """
    if len(code) not in LENGTHS or not (code.isascii() and code.isdigit()):
        raise ValueError(f"not a division code: {code!r}")
    return LENGTHS[len(code)]


def parent(code: str) -> str | None:
    """Give the code one level up, or None for a county."""
    return None if level(code) == Level.COUNTY else code[:-3]


def ancestors(code: str) -> list[str]:
    """Give the codes from the county down to the code itself, both included."""
    level(code)
    return [code[:length] for length in LENGTHS if length <= len(code)]
