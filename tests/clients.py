"""Clients for tests in one process: signed in, with the CSRF token where it belongs."""

from __future__ import annotations

import time
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from gridmap import cluster


class Caller(Client):
    """A browser that sends what our front end sends, and gives JSON back; the routes run by the web processes' own login."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, headers={"Origin": settings.ORIGINS[0], "Accept-Language": "en"})
        self.token = ""

    def request(self, **request: Any) -> Any:
        """Answer one request as a web process does, which owns nothing in the database; the test around it may do all."""
        with connection.cursor() as cursor:
            cursor.execute(f"SET SESSION AUTHORIZATION {cluster.LOGINS['web']}")
            try:
                return super().request(**request)
            finally:
                cursor.execute("RESET SESSION AUTHORIZATION")

    def call(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """Make one call; gives the response."""
        sent = {"X-CSRFToken": self.token, **headers}
        options: dict[str, Any] = {"headers": sent}
        if method != "GET":
            options |= {"data": body if body is not None else b"", "content_type": "application/json"}
        return getattr(self, method.lower())(address, **options)


def signed_in(username: str) -> Caller:
    """Give a client of a member of the cast; argon2 is slow on purpose, so only test_sign_in goes through it."""
    from gridmap.people.models import User
    from gridmap.people.sessions import PROVEN

    caller = Caller()
    caller.force_login(User.objects.get(username=username))
    session = caller.session
    session[PROVEN] = int(time.time())
    session.save()
    caller.token = caller.get("/api/session").json()["csrf"]
    return caller


def phone(resident: str, no: int) -> Caller:
    """Give a client of a resident's joined phone."""
    from gridmap.edge.sessions import new_endpoint

    endpoint, token = new_endpoint(resident, no)  # type: ignore[arg-type]
    endpoint.save(force_insert=True)
    caller = Caller()
    caller.cookies[settings.DEVICE_COOKIE_NAME] = token
    caller.token = caller.call("GET", "/api/inbox").json()["csrf"]
    return caller
