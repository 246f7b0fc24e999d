"""Database calls from the event loop: a few threads that keep their connection, and drop it when it broke."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import Error, connection

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
POOL = ThreadPoolExecutor(max_workers=4, thread_name_prefix="database")


async def in_database(
    call: Callable[Arguments, Result], *arguments: Arguments.args, **options: Arguments.kwargs
) -> Result:
    """Run a call that reads or writes the database, off the event loop.

    Raises:
        django.db.Error: the database failed; the connection is dropped, so the next call begins afresh.
    """

    def guarded() -> Result:
        try:
            return call(*arguments, **options)
        except Error:
            connection.close()
            raise

    return await asyncio.get_running_loop().run_in_executor(POOL, guarded)
