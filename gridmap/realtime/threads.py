"""Database calls from the event loop: a few threads that keep their connection, and drop it when it broke."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import Error, connection

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")
GATE = ThreadPoolExecutor(max_workers=2, thread_name_prefix="gate")


async def in_database(
    call: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs
) -> Result:
    """Run a call that reads the database, or writes what may be written twice, off the event loop.

    Raises:
        django.db.Error: the database failed again; the next call begins afresh.
    """
    return await _in(POOL, call, *arguments, **options)


async def at_the_gate(call: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Do the same for somebody of whom nothing is known yet, in threads apart: whoever opens sockets without end with made-up cookies
    must not stand before a warning.

    Raises:
        django.db.Error: the database failed again.
    """
    return await _in(GATE, call, *arguments, **options)


async def _in(pool: ThreadPoolExecutor, call: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
    """Run a call in one of a pool's threads.

    A connection that the server cut while it lay idle is found out only by using it, so the call is tried once more
    on a fresh one.
    """

    def guarded() -> Result:
        try:
            return call(*arguments, **options)
        except Error:  # of a connection that was cut the driver says now this and now that
            connection.close()
        try:
            return call(*arguments, **options)
        except Error:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(pool, guarded)
