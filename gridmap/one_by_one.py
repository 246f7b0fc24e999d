"""Work that is done for many, each by itself: what is wrong with one must not hold up the others."""

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

import psycopg2
from django.db import DataError, Error, IntegrityError, InterfaceError, InternalError, OperationalError, connection

Row = TypeVar("Row")
DATABASE = (OperationalError, InterfaceError, psycopg2.Error)  # the database itself, or one question that takes too long
# What one row is to blame for. Everything else that a database says may be of all: also "no such table", while a backup is put back.
OF_ONE = (IntegrityError, DataError, InternalError)
logger = logging.getLogger(__name__)


class PassedOverError(Exception):
    """Some of many could not be done, each by its own fault, and were passed over; what was wrong is in the log."""


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
        django.db.Error, psycopg2.Error: the database failed for one at least, and that one was not to blame; all were tried.
        PassedOverError: some failed by their own fault; all were tried.
    """
    done, passed_over, broken = 0, 0, None
    for row in list(rows):
        try:
            done += int(do(row))
        except (Error, psycopg2.Error) as error:
            if isinstance(error, OF_ONE):
                logger.exception("%s failed for %s", getattr(do, "__name__", do), row)
                passed_over += 1
                continue
            broken = error
            give_up_broken()
        except Exception:
            logger.exception("%s failed for %s", getattr(do, "__name__", do), row)
            passed_over += 1
    if broken is not None:
        raise broken
    if passed_over:
        raise PassedOverError(passed_over)
    return done
