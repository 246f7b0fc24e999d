"""``manage.py open_logins``: give the logins of web, clock and imports their passwords; run by ./run after each migration."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from psycopg2.extensions import encrypt_password

from gridmap import cluster


class Command(BaseCommand):
    """Open the logins."""

    help = "Lets web, clock and imports into the database, each by a login that owns nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set each login's password to this installation's; only its verifier goes to the database."""
        connection.ensure_connection()
        for name, login in cluster.LOGINS.items():
            verifier = encrypt_password(cluster.login_password(name), login, connection.connection, "scram-sha-256")
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER ROLE {login} LOGIN PASSWORD %s", [verifier])
