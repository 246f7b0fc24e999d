"""HTTP for tags: the list, what stands on a resident, and coverage among those with one."""

from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Status

from geodata.codes import Level
from gridmap.access import StaffRequest, require, visible
from gridmap.errors import Missing
from gridmap.grids.index import current_version
from gridmap.grids.models import Grid
from gridmap.grids.ranges import whole
from gridmap.people.actions import note_reading
from gridmap.people.found import found
from gridmap.people.models import Resident
from gridmap.tags import actions, coverage
from gridmap.tags.labels import label_of
from gridmap.tags.models import Tag, Tagging
from gridmap.tags.schemas import (
    MergeIn,
    PersonTag,
    PersonTags,
    RevealTagsIn,
    SetTagsIn,
    TagChild,
    TagCoverage,
    TagIn,
    TagOut,
    Tags,
    TagsImportIn,
    TagsImportOut,
)
from gridmap.words import is_english

router = Router()
FEW = 10  # fewer than that with a sensitive tag may be somebody one knows


@router.get("/tags", response=Tags)
def tags(request: StaffRequest) -> Tags:
    """All tags, with how often each is used in one's grids."""
    require(request.auth, "tags.read")
    counts = coverage.used(request.auth.ranges)
    items = [_shown(tag, counts, request) for tag in Tag.objects.order_by("category", "name_zh")]
    return Tags(items=items, total=len(items))


@router.post("/tags", response=TagOut)
def save(request: StaffRequest, body: TagIn) -> TagOut:
    """Make a tag, or change it."""
    return _shown(actions.save_tag(body, actor=request.auth), {}, request)


@router.post("/tags/import", response=TagsImportOut)
def import_list(request: StaffRequest, body: TagsImportIn) -> TagsImportOut:
    """Look at a county's own list, or take it over."""
    english = is_english(request.headers.get("Accept-Language", ""))
    added, changed, bad = actions.import_tags(body.content, commit=body.commit, actor=request.auth, english=english)
    return TagsImportOut(added=added, changed=changed, bad=bad, committed=body.commit and not bad)


@router.post("/tags/{code}/retire", response=TagOut)
def retire(request: StaffRequest, code: str) -> TagOut:
    """Nobody gets it any more."""
    return _shown(actions.retire_tag(code, actor=request.auth), {}, request)


@router.post("/tags/{code}/merge", response=TagOut)
def merge(request: StaffRequest, code: str, body: MergeIn) -> TagOut:
    """Merge it into another."""
    return _shown(actions.merge_tags(code, body.into, actor=request.auth), {}, request)


@router.get("/residents/{uuid:id}/tags", response=PersonTags)
def of_resident(request: StaffRequest, id: UUID) -> PersonTags:
    """The tags on a resident, and how many sensitive ones."""
    person = _person(request, id)
    note_reading("people.tags", actor=request.auth, about=(person.no, person.no + 1), subject=id)
    found = actions.tags_of(id)
    plain = [(tag, row) for tag, row in found if not tag.sensitive]
    return PersonTags(items=[_on(tag, row) for tag, row in plain], hidden=len(found) - len(plain))


@router.post("/residents/{uuid:id}/tags", response={204: None})
def set_on(request: StaffRequest, id: UUID, body: SetTagsIn) -> Status[None]:
    """Put tags on a resident, or take them off; what stands there now is another question, and recorded as one."""
    actions.set_tags(id, body, actor=request.auth)
    return Status(204, None)


@router.post("/residents/{uuid:id}/tags/reveal", response=PersonTags)
def reveal(request: StaffRequest, id: UUID, body: RevealTagsIn) -> PersonTags:
    """The sensitive ones too, recorded with the reason."""
    return PersonTags(items=[_on(tag, row) for tag, row in actions.reveal_tags(id, body, actor=request.auth)], hidden=0)


@router.get("/coverage/values/tags/{tag}", response={200: bytes}, openapi_extra={"description": "One byte a grid by number."})
def values(request: StaffRequest, tag: str, level: str = "group") -> HttpResponse:
    """Live coverage among those with a tag, as bytes by number."""
    require(request.auth, "tags.count")
    if level not in {tier.label for tier in Level}:
        raise Missing("request.missing", level=level)
    which, span = _in_use(tag), whole(request.auth.ranges)
    if which.sensitive and span:
        note_reading("tags.counted", actor=request.auth, about=span)
    body = coverage.values(Level[level.upper()], request.auth.ranges, which)
    return HttpResponse(body, content_type="application/octet-stream", headers={"X-Version": str(current_version().number)})


@router.get("/coverage/{code}/tags/{tag}", response=TagCoverage)
def covered(request: StaffRequest, code: str, tag: str) -> TagCoverage:
    """Connected among those with a tag, in a grid and in the grids below it."""
    grid = visible(Grid.objects.current(), request.auth).defer("geometry").filter(code=code).first()
    if grid is None:
        raise Missing("request.missing")
    require(request.auth, "tags.count", ranges=[(grid.group_start, grid.group_end)])
    which = _in_use(tag)
    if which.sensitive:
        note_reading("tags.counted", actor=request.auth, about=(grid.group_start, grid.group_end))
    registered, connected = coverage.total(grid, which)
    children = [TagChild(code=code, name=name, registered=all_of, connected=some) for code, name, all_of, some in coverage.below(grid, which)]
    return TagCoverage(tag=tag, registered=registered, connected=connected, children=children)


def _in_use(code: str) -> Tag:
    tag = Tag.objects.in_use().filter(pk=code).first()
    if tag is None:
        raise Missing("request.missing")
    return tag


def _person(request: StaffRequest, id: UUID) -> Resident:
    person = found(id, request.auth)
    require(request.auth, "people.read", no=person.no)
    return person


def _on(tag: Tag, row: Tagging) -> PersonTag:
    return PersonTag(code=tag.code, since=row.since, until=row.until)


def _shown(tag: Tag, counts: dict[int, int], request: StaffRequest) -> TagOut:
    used: int | None = counts.get(label_of(tag), 0)
    if tag.sensitive and not request.auth.may("tags.count") and used is not None and 0 < used < FEW:
        used = None
    return TagOut(**{name: getattr(tag, name) for name in TagIn.model_fields}, retired=tag.retired_at is not None, used=used)
