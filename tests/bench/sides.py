"""What the sides of a bench are asked with."""

import time
from collections.abc import Callable
from typing import Any

from django.db import connection


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Give how many milliseconds a call took, and its answer."""
    began = time.perf_counter()
    answer = call()
    return (time.perf_counter() - began) * 1000, answer


def ask(sql: str, values: Any) -> list[tuple[Any, ...]]:
    """Ask the database one thing."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
