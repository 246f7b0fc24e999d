"""What tags look like on the wire."""

from datetime import date
from typing import Annotated, Literal

from ninja import Schema
from pydantic import Field

from gridmap.fields import Line, Reason

CategoryName = Literal["care", "communication", "medical", "minor", "work", "strength", "dwelling"]
Code = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{1,39}$")]
Short = Annotated[Line, Field(min_length=2, max_length=20)]
Words = Annotated[Line, Field(min_length=4, max_length=200)]
English = Annotated[Line, Field(max_length=300)]


class TagIn(Schema):
    """A tag: what it means, what it is for, who answers for it, how long it lasts; all of that is required."""

    code: Code
    category: CategoryName
    name_zh: Short
    name_en: Annotated[Line, Field(min_length=2, max_length=60)]
    definition_zh: Words
    definition_en: English = ""
    purpose_zh: Words
    purpose_en: English = ""
    owner_zh: Annotated[Line, Field(min_length=2, max_length=40)]
    owner_en: Annotated[Line, Field(max_length=60)] = ""
    sensitive: bool
    months: Annotated[int, Field(ge=1, le=24)]


class TagOut(TagIn):
    """A tag, and on how many people of one's grids it stands; null where that would give somebody away."""

    retired: bool
    used: int | None


class Tags(Schema):
    """All tags, by category and name."""

    items: list[TagOut]
    total: int


class MergeIn(Schema):
    """The tag that stays."""

    into: Code


class TagsImportIn(Schema):
    """A county's own list as csv; looked at first, taken over whole when ``commit`` is true and no line is bad."""

    content: Annotated[str, Field(max_length=900_000)]
    commit: bool = False


class BadLine(Schema):
    """A line that cannot be taken."""

    line: int
    field: str
    code: str
    message: str


class TagsImportOut(Schema):
    """What the list holds, or what was taken over."""

    added: int
    changed: int
    bad: list[BadLine]
    committed: bool


class PersonTag(Schema):
    """A tag on a resident, since when and until when."""

    code: str
    since: date
    until: date


class PersonTags(Schema):
    """The tags on a resident; of the sensitive ones only how many, unless a reason was given."""

    items: list[PersonTag]
    hidden: int


class SetTagsIn(Schema):
    """Tags that are put on somebody or confirmed anew, and tags that are taken off; with a reason where one is sensitive."""

    add: Annotated[list[Code], Field(max_length=40)] = []
    remove: Annotated[list[Code], Field(max_length=40)] = []
    reason: Reason | None = None


class RevealTagsIn(Schema):
    """Why the sensitive ones are to be seen."""

    reason: Reason


class TagChild(Schema):
    """Coverage of those with a tag in one grid below."""

    code: str
    name: str
    registered: int
    connected: int


class TagCoverage(Schema):
    """Connected among those with a tag."""

    tag: str
    registered: int
    connected: int
    children: list[TagChild]
