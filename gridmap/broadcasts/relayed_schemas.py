"""What a warning of another authority looks like on the wire."""

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import ConfigDict, Field

from gridmap.broadcasts.languages import Translation
from gridmap.broadcasts.schemas import Category, DangerLevel, Overlap

# What of a document is not taken over, and has to be looked at: it was relayed already; it has no area that we can draw; it means the
# whole county; a part of its area is unknown here, so none is taken; it has circles beside other shapes; it holds a second message; its first words are no Chinese; a language did not fit.
Note = Literal["already", "no_area", "county", "part_left_out", "mixed_shapes", "more_blocks", "not_chinese", "language_left_out"]


class DocumentIn(Schema):
    """A CAP document as it was received."""

    model_config = ConfigDict(extra="forbid")
    document: str = Field(max_length=200_000)


class RelayedOut(Schema):
    """What the document says in a draft's words; ``area`` is not checked yet, ``expires`` is null where it says no end.

    ``place`` is the area in the sender's words, ``follows`` what of ours names this document, or one before it, as its source.
    """

    identifier: str
    message_type: Literal["Alert", "Update", "Cancel"]
    sent: datetime
    place: str
    drill: bool
    level: DangerLevel
    category: Category
    headline: str
    description: str
    instruction: str
    languages: list[Translation]
    authority: str
    effective: datetime | None
    expires: datetime | None
    area: dict[str, Any] | None
    follows: list[Overlap]
    notes: list[Note]
