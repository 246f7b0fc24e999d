"""What an import looks like on the wire."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from gridmap.fields import Line, Reason


class ImportIn(Schema):
    """A file that is coming: its parts follow, 600,000 bytes each but the last."""

    name: Annotated[Line, Field(min_length=1, max_length=120)]
    size: int
    kind: Literal["register", "wecom"] = "register"
    under: str | None = None


class PartIn(Schema):
    """One part of the file, in base64."""

    number: Annotated[int, Field(ge=0, le=100)]
    content: Annotated[str, Field(max_length=900_000)]


class ColumnsIn(Schema):
    """The field of each column in order, null for one that is left out."""

    columns: Annotated[list[str | None], Field(max_length=60)]


class CommitIn(Schema):
    """Whether the doubtful rows go in too."""

    doubtful: bool = False


class HeadingOut(Schema):
    """A heading, the field that was made of it, or one that it may be."""

    heading: str
    field: str | None
    suggestion: str | None


class ImportOut(Schema):
    """How far an import has come."""

    id: UUID
    kind: str
    name: str
    under: str
    state: str
    total: int
    done: int
    counts: dict[str, int]
    headings: list[HeadingOut]
    fault: dict[str, Any] | None
    at: datetime
    committed_at: datetime | None


class Imports(Schema):
    """One's own imports, the newest first; and whether this county keeps identity numbers, which else only give the year of birth."""

    items: list[ImportOut]
    total: int
    keeps_id_numbers: bool


class RowOut(Schema):
    """A row that needs a look: where, why, and what the cell says."""

    line: int
    state: str
    field: str
    reason: str
    message: str
    said: str


class Rows(Schema):
    """A page of rows."""

    items: list[RowOut]
    total: int


class ExportIn(Schema):
    """The residents of one grid as a spreadsheet; in clear only where the reason says why."""

    grid: str
    clear: bool = False
    reason: Reason
