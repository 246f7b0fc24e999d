"""From the tags of a selection to labels: OR inside a list, AND across the lists, and whom to leave out."""

from typing import Any

from gridmap.errors import Invalid
from gridmap.tags.labels import label_of, tags_in_use
from gridmap.tags.models import Tag
from gridmap.tags.wanted import NOBODY_LEFT_OUT, Carried

MOST_LISTS, MOST_IN_LIST = 8, 40


def kept(tags: dict[str, Any] | None) -> Carried:
    """Give the labels of a selection that was checked when it was approved, though a tag may be retired since."""
    if not tags:
        return NOBODY_LEFT_OUT
    lists, without = tags.get("any_of", []), tags.get("none_of", [])
    known = {tag.code: tag for tag in Tag.objects.filter(pk__in=[code for codes in [*lists, without] for code in codes])}
    return _labels(lists, without, known)


def carried(tags: dict[str, Any] | None) -> Carried:
    """Check the tags of a selection.

    Raises:
        Invalid: not as contracts.md has it, an empty list, or a tag that does not exist or is retired: a slip must never
            mean "everyone".
    """
    if tags is None:
        return NOBODY_LEFT_OUT
    lists, without = tags.get("any_of", []), tags.get("none_of", [])
    if set(tags) - {"any_of", "none_of"} or not isinstance(lists, list) or not isinstance(without, list) or len(lists) > MOST_LISTS:
        raise Invalid("broadcast.selection_invalid", field="tags")
    if not lists and not without:
        raise Invalid("broadcast.selection_invalid", field="tags")
    for position, codes in enumerate(lists):
        if not isinstance(codes, list) or not codes:
            raise Invalid("broadcast.selection_invalid", field=f"tags.any_of.{position}")
    named = {code: f"tags.any_of.{n}.{m}" for n, codes in enumerate(lists) for m, code in enumerate(codes) if isinstance(code, str)}
    named |= {code: f"tags.none_of.{n}" for n, code in enumerate(without) if isinstance(code, str)}
    if any(not isinstance(code, str) for codes in [*lists, without] for code in codes) or any(len(codes) > MOST_IN_LIST for codes in [*lists, without]):
        raise Invalid("broadcast.selection_invalid", field="tags")
    known = tags_in_use(set(named))
    for code, field in named.items():
        if code not in known:
            raise Invalid("tags.unknown", field=field, tag=code[:40])
    return _labels(lists, without, known)


def _labels(lists: list[list[str]], without: list[str], known: dict[str, Tag]) -> Carried:
    labels = {code: label_of(tag) for code, tag in known.items()}
    return Carried(
        # Each once and in one order: the same people asked about in a hundred spellings would be as many questions to tens.in_tens.
        tuple(sorted({tuple(sorted({labels[code] for code in codes})) for codes in lists})), tuple(sorted({labels[code] for code in without})),
        sensitive=any(tag.sensitive for tag in known.values()),
    )  # fmt: skip
