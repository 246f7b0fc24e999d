"""What has to hold before anything is served; a server that cannot keep its promises does not start."""

from django.conf import settings
from django.db import connection

SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")


class Unfit(SystemExit):
    """The start is refused, with the reason."""


def require_durable_database() -> None:
    """Refuse a database that may forget what it has acknowledged (P1).

    Measured with a setting off: a crash lost 21 and 29 acknowledged rows; with all of them on, none.

    Raises:
        Unfit: naming the setting.
    """
    with connection.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("SELECT current_setting(%s)", [name])
            if cursor.fetchone()[0] == "off":
                raise Unfit(f"gridmap does not start: PostgreSQL's {name} is off, a crash would lose warnings.")


def require_second_factor() -> None:
    """Refuse to serve outside the demo: desk roles need a second factor there, which is not built yet.

    Raises:
        Unfit: always, with GRIDMAP_DEMO=0.
    """
    if not settings.DEMO:
        raise Unfit("gridmap does not start: outside the demo sign-in needs a second factor, which this version lacks.")
