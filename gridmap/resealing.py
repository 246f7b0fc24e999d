"""Sealing everything anew under the current key, in small transactions, while the old key still opens what is left.

What is gone by itself within days is left to go: staged imports. ``left`` counts them, and the old key has to stay until
then. The blind indexes have keys of their own and stay as they are.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db import models, transaction
from django.db.models import F, Func, Q

from gridmap.edge.models import Join, RecordRequest
from gridmap.imports.models import Import, Part, Row
from gridmap.people.models import Household, Officer, Resident, User
from gridmap.register.leaving import BYTES
from gridmap.register.models import Change, Former
from gridmap.sealing import current_mark, seal, unseal

BATCH = 1000
TEXTS = ("name", "phone", "id")


@dataclass(frozen=True)
class Sealed:
    """A sealed column, and the place that each row's value is bound to."""

    model: type[models.Model]
    column: str
    place: Callable[[Any], str]


def _sealed(model: type[models.Model], table: str, *names: str) -> Iterator[Sealed]:
    for name in names:
        yield Sealed(model, f"{name}_sealed", partial(_place, table, name))


def _place(table: str, name: str, row: models.Model) -> str:
    return f"{table}.{name}.{row.pk}"


COLUMNS = [
    *_sealed(Resident, "people_resident", *TEXTS), *_sealed(Household, "people_household", "address", "number"), *_sealed(User, "people_user", "totp"), *_sealed(Officer, "people_officer", "phone"), *_sealed(Import, "imports_import", "name"),
    *_sealed(Join, "edge_join", "name", "phone"), *_sealed(RecordRequest, "edge_record", "value", "answer"),
    *(Sealed(Change, column, lambda row: f"people_resident.{row.field}.{row.resident}") for column in ("before", "after")),
]  # fmt: skip


def reseal_all(say: Callable[[str], None]) -> int:
    """Seal anew whatever is not sealed by the current key.

    Args:
        say: told how far it is.

    Returns:
        How many values.
    """
    total = 0
    for kind in COLUMNS:
        done = 0
        while batch := _reseal(kind):
            done += batch
            say(f"{kind.model._meta.db_table}.{kind.column}: {done}")
        total += done
    return total + _former()


def left() -> int:
    """Count the values that only the old key opens, staged imports among them."""
    rows = sum(_old(Row, name).count() for name in (field.name for field in Row._meta.fields) if name.endswith("_sealed"))
    former = sum(1 for row in Former.objects.values_list("row", flat=True) if _is_old(row))
    return rows + former + _old(Part, "sealed").count() + sum(_waiting(kind).count() for kind in COLUMNS)


def _is_old(row: dict[str, Any]) -> bool:
    kept = [row.get(f"{name}_sealed") for name in TEXTS]
    return any(value and not value.startswith(current_mark().hex()) for value in kept)


def _old(model: type[models.Model], column: str) -> Any:
    start = Func(F(column), 1, 2, function="substr", output_field=models.BinaryField())
    return model._default_manager.annotate(begins=start).exclude(**{column: None}).exclude(begins=current_mark())


def _waiting(kind: Sealed) -> Any:
    rows = _old(kind.model, kind.column)
    # An address's history is bound to a household that may be another by now, and is never opened again.
    return rows.filter(Q(field__in=TEXTS)) if kind.model is Change else rows


@transaction.atomic
def _reseal(kind: Sealed) -> int:
    rows = list(_waiting(kind).select_for_update(no_key=True, of=("self",)).order_by("pk")[:BATCH])
    for row in rows:
        place = kind.place(row)
        setattr(row, kind.column, seal(unseal(getattr(row, kind.column), place), place))
    kind.model._default_manager.bulk_update(rows, [kind.column])
    return len(rows)


@transaction.atomic
def _former() -> int:
    done = 0
    for former in Former.objects.select_for_update():
        for name in TEXTS:
            column, place = f"{name}_sealed", f"people_resident.{name}.{former.pk}"
            kept = former.row.get(column)
            if column in BYTES and kept and not kept.startswith(current_mark().hex()):
                former.row[column] = seal(unseal(bytes.fromhex(kept), place), place).hex()
                done += 1
        former.save(update_fields=["row"])
    return done
