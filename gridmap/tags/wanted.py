"""Whom tags mean, as labels; plain data, so that the ledger needs nothing of the register for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Carried:
    """Labels that somebody has to carry, one of each list, and labels that nobody of them may."""

    any_of: tuple[tuple[int, ...], ...]
    none_of: tuple[int, ...]
    sensitive: bool

    @property
    def narrows(self) -> bool:
        """Say whether it leaves anybody out."""
        return bool(self.any_of or self.none_of)


NOBODY_LEFT_OUT = Carried((), (), sensitive=False)
