"""A retry does nothing twice (P11): same key and body, same answer; same key with another body, refused."""

import functools
import hashlib
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from ninja import Schema, Status

from gridmap.access import StaffRequest
from gridmap.errors import Conflict, Invalid, Unsupported
from gridmap.idempotency.models import Answer

KEEP_HOURS = 48
View = Callable[..., Any]


def once(view: View) -> View:
    """Wrap a view so that its work happens at most once per caller, route and Idempotency-Key.

    The key's row is written first, in the same transaction as the work: a second call with the same key waits for
    the first to commit and then gets its answer; when the first fails its row vanishes with it.
    """

    @functools.wraps(view)
    def wrapped(request: StaffRequest, *args: Any, **kwargs: Any) -> Any:
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return view(request, *args, **kwargs)
        if not (0 < len(key) <= 200 and key.isascii() and key.isprintable()):
            raise Invalid("idempotency.key_invalid", field="Idempotency-Key")
        if request.content_type not in ("", "application/json"):  # a form was read as a stream already, and is none of ours
            raise Unsupported("request.not_json")
        # With other rights it is another call: an answer from before must not outlive them.
        rights = f"{request.auth.role} {request.auth.ranges}".encode()
        body_hash = hashlib.sha256(request.body + rights).hexdigest()
        caller = f"{request.auth.user.pk}"
        with transaction.atomic():
            mine = {"caller": caller, "route": request.path, "key": key}
            if not _begin(body_hash=body_hash, **mine):
                return _repeat(Answer.objects.get(**mine), body_hash)
            status, body = _parts(view(request, *args, **kwargs))
            Answer.objects.filter(**mine).update(status=status, body=body)
        return Status(status, body)

    return wrapped


def forget() -> int:
    """Drop keys older than two days; nobody retries that long.

    Returns:
        How many.
    """
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM idempotency_answer WHERE at < now() - make_interval(hours => %s)", [KEEP_HOURS])
        return cursor.rowcount


def _begin(*, caller: str, route: str, key: str, body_hash: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO idempotency_answer (caller, route, key, body_hash) VALUES (%s, %s, %s, %s)"
            " ON CONFLICT DO NOTHING",
            [caller, route, key, body_hash],
        )
        return cursor.rowcount == 1


def _repeat(answer: Answer, body_hash: str) -> Any:
    if answer.body_hash != body_hash:
        raise Conflict("idempotency.other_body", field="Idempotency-Key")
    return Status(answer.status or 200, answer.body)


def _parts(result: Any) -> tuple[int, Any]:
    status, body = (result.status_code, result.value) if isinstance(result, Status) else (200, result)
    return status, body.model_dump(mode="json") if isinstance(body, Schema) else body
