"""The database as the second wall: each side's transactions run in a role of their own.

The staff's role sees residents, households and waiting phones only within the group numbers set for the transaction, and
none when nothing is set. The phones' role cannot read the register at all. The audience's role sees everybody and only
reads: a count or a knock list has to be right beyond one's grids, and point tests cannot use an index under a policy.
All of it ends with the transaction, so a pooled connection keeps nothing (architecture.md, trap 15). The login that
takes the roles on owns nothing (cluster.LOGINS); outside them it can find out who is calling, and read no person.
"""

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, ParamSpec, TypeVar

from django.db import connection, transaction

from gridmap.errors import Refused
from gridmap.grids.ranges import Ranges

STAFF, EDGE, AUDIENCE = "gridmap_staff", "gridmap_edge", "gridmap_audience"
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
View = Callable[..., Any]


@contextmanager
def staff_side(ranges: Ranges) -> Iterator[None]:
    """Run a transaction as staff who answer for these group numbers."""
    with _as(STAFF, ",".join(f"[{start},{end})" for start, end in ranges)):
        yield


@contextmanager
def edge_side() -> Iterator[None]:
    """Run a transaction as residents' phones do."""
    with _as(EDGE, ""):
        yield


@contextmanager
def audience_side() -> Iterator[None]:
    """Read people beyond one's grids for a moment, inside a transaction of staff; outside one it changes nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('role'), set_config('role', %s, true)", [AUDIENCE])
        before = cursor.fetchone()[0]
        yield
        cursor.execute("SELECT set_config('role', %s, true)", [before])


def behind_staff_wall(view: View) -> View:
    """Wrap a route of staff; one that needs no sign-in has no scope, and runs as before."""

    @functools.wraps(view)
    def wrapped(request: Any, *args: Any, **kwargs: Any) -> Any:
        if not hasattr(request, "auth"):
            return view(request, *args, **kwargs)
        with staff_side(request.auth.ranges):
            try:
                return view(request, *args, **kwargs)
            except Refused as error:
                if not error.keeps:
                    raise
                refused = error
        raise refused

    return wrapped


def at_the_edge(call: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Wrap what a phone calls: a route, or a function behind its socket."""

    @functools.wraps(call)
    def wrapped(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        with edge_side():
            return call(*args, **kwargs)

    return wrapped


@contextmanager
def _as(role: str, ranges: str) -> Iterator[None]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('role'), current_setting('gridmap.ranges', true),"
            " set_config('role', %s, true), set_config('gridmap.ranges', %s, true)",
            [role, f"{{{ranges}}}"],
        )
        before, held = cursor.fetchone()[:2]
        yield
        # A transaction around this one goes on as itself; an error undoes the settings with everything else.
        cursor.execute("SELECT set_config('role', %s, true), set_config('gridmap.ranges', %s, true)", [before, held or ""])
