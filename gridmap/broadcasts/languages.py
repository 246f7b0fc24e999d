"""The same words in further languages."""

from typing import Annotated

from ninja import Schema
from pydantic import AfterValidator, ConfigDict, Field

from gridmap.fields import Line, Lines

Text = Annotated[Lines, Field(max_length=1000)]


def _not_chinese(tag: str) -> str:
    if tag.split("-")[0] == "zh":
        raise ValueError("Chinese is the first language of every broadcast")
    return tag


class Translation(Schema):
    """The same words in a further language, by its BCP 47 tag; Chinese is the first, and never among these."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$"), AfterValidator(_not_chinese)]
    headline: Annotated[Line, Field(min_length=2, max_length=120)]
    description: Text = ""
    instruction: Text = ""


def _once_each(said: list[Translation]) -> list[Translation]:
    if len({one.language for one in said}) < len(said):
        raise ValueError("a language stands twice")
    return said


Languages = Annotated[list[Translation], Field(max_length=5), AfterValidator(_once_each)]
