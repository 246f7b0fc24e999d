"""Work that is done for many, each by itself: what is wrong with one must not hold up the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

import psycopg2
from django.db import InterfaceError, OperationalError, connection

Row = TypeVar("Row")
DATABASE = (OperationalError, InterfaceError, psycopg2.Error)  # the database itself, or one question that takes too long
logger = logging.getLogger(__name__)


def give_up_broken() -> None:
    """Let the next question open a new connection where this one broke; within a transaction that is for whoever began it."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


def one_by_one(do: Callable[[Row], int], rows: Iterable[Row]) -> int:
    """Do something for each of many; what fails is written down and passed over.

    Args:
        do: a transaction of its own for each; it gives how much it did.
        rows: for whom or what.

    Returns:
        How much was done in all.

    Raises:
        django.db.OperationalError, django.db.InterfaceError, psycopg2.Error: the database failed for one at least; all were tried.
    """
    done, broken = 0, None
    for row in list(rows):
        try:
            done += int(do(row))
        except DATABASE as error:
            broken = error
            give_up_broken()
        except Exception:
            logger.exception("%s failed for %s", getattr(do, "__name__", do), row)
    if broken is not None:
        raise broken
    return done
