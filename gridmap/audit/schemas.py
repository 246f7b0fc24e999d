"""What the audit looks like to its reader."""

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Schema


class EntryOut(Schema):
    """One entry."""

    seq: int
    at: datetime
    actor: UUID | None
    actor_name: str
    action: str
    subject: UUID | None
    detail: dict[str, Any]


class Entries(Schema):
    """A page of entries, newest first."""

    items: list[EntryOut]
    total: int
