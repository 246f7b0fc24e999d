"""Who had themselves erased stays erased: no spreadsheet brings them back, only an officer whom they ask."""

from collections.abc import Iterable
from datetime import datetime

from gridmap.register.models import Erased
from gridmap.sealing import blind


def marks_of(name: str, phone: str | None, birth_year: int | None, no: int) -> set[bytes]:
    """Give the marks by which a person is known again though nothing of them is kept.

    Args:
        name: in clear.
        phone: in its one form.
        birth_year: where it is known.
        no: group number of the registered group.
    """
    marks = {f"{name}|{phone}"} if phone else set()
    if birth_year is not None:
        marks.add(f"{name}|{birth_year}|{no}")
    return {blind(mark, "erased") for mark in marks}


def note_erased(marks: Iterable[bytes]) -> None:
    """Remember that somebody had themselves erased."""
    Erased.objects.bulk_create([Erased(mark=mark) for mark in marks], ignore_conflicts=True)


def erased_among(marks: Iterable[bytes]) -> set[bytes]:
    """Give those of the marks that belong to somebody erased."""
    return {bytes(mark) for mark in Erased.objects.filter(mark__in=list(marks)).values_list("mark", flat=True)}


def is_back(marks: Iterable[bytes]) -> None:
    """Forget that somebody was erased: they asked an officer to be registered again."""
    Erased.objects.filter(mark__in=list(marks)).delete()


def forget_erased(before: datetime) -> int:
    """Drop old marks; run by retention."""
    return Erased.objects.filter(at__lt=before).delete()[0]
