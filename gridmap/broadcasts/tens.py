"""Figures in tens, for who may not count people by sensitive tags."""

from gridmap.sealing import blind


def in_tens(people: int, of: str, *, least: int = 0) -> int:
    """Round a count to tens, up or down by a number of its own for each question that nobody outside the house can work out.

    Rounding always up told more than it seemed: who knows how many live somewhere asks where they are a full ten, leaves out
    whoever carries a tag, and sees one person as a step. Now a step shows one time in ten, and each question is written down.

    Args:
        people: how many.
        of: what was counted; the same question gets the same answer, and all figures of one answer fit together.
        least: where none and a few must look alike.
    """
    return max(least, (people + blind(of, "tens")[0] % 10) // 10 * 10)
