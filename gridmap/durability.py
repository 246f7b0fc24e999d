"""P1: the server refuses to start on a database that may forget what it has acknowledged."""

from django.db import connection

SETTINGS = ("fsync", "full_page_writes", "synchronous_commit")


class Forgetful(SystemExit):
    """The database would lose acknowledged rows on a crash (measured: 21 and 29 of them; with the settings on, none)."""


def require_durable_database() -> None:
    """Stop the start when a setting that keeps committed rows is off.

    Raises:
        Forgetful: naming the setting.
    """
    with connection.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("SELECT current_setting(%s)", [name])
            if cursor.fetchone()[0] == "off":
                raise Forgetful(f"gridmap does not start: PostgreSQL's {name} is off, a crash would lose warnings.")
