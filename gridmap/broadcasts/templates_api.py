"""HTTP for templates, and for what one person sends from them alone."""

from uuid import UUID

from ninja import Router, Status

from gridmap.access import StaffRequest, require
from gridmap.broadcasts import reads, release, templates
from gridmap.broadcasts.schemas import BroadcastOut, ReleaseIn, ReviewIn, TemplateIn, TemplateOut, Templates
from gridmap.idempotency.once import once
from gridmap.people.sessions import require_proven

router = Router()


@router.get("/templates", response=Templates)
def list_templates(request: StaffRequest) -> Templates:
    """All templates that are not retired."""
    require(request.auth, "broadcasts.draft")
    items = [templates.shown(row, request.auth) for row in templates.offered()]
    return Templates(items=items, total=len(items))


@router.post("/templates", response={201: TemplateOut})
@once
def draft_template(request: StaffRequest, body: TemplateIn) -> Status[TemplateOut]:
    """Write a template."""
    return Status(201, templates.shown(templates.draft_template(body, actor=request.auth), request.auth))


@router.post("/templates/{id}/approve", response=TemplateOut)
@once
def approve_template(request: StaffRequest, id: UUID) -> TemplateOut:
    """Approve another person's template."""
    require_proven(request)
    return templates.shown(templates.approve_template(id, actor=request.auth), request.auth)


@router.post("/templates/{id}/retire", response={204: None})
@once
def retire_template(request: StaffRequest, id: UUID) -> Status[None]:
    """Offer a template no more."""
    templates.retire_template(id, actor=request.auth)
    return Status(204, None)


@router.post("/templates/{id}/release", response={201: BroadcastOut})
@once
def release_broadcast(request: StaffRequest, id: UUID, body: ReleaseIn) -> Status[BroadcastOut]:
    """Send a template's words to an area, alone."""
    sent = release.release_broadcast(id, body, actor=request.auth)
    return Status(201, reads.shown(sent).cut(request.auth.ranges))


@router.post("/broadcasts/{id}/review", response=BroadcastOut)
@once
def review_broadcast(request: StaffRequest, id: UUID, body: ReviewIn) -> BroadcastOut:
    """Say whether what a colleague sent alone was right."""
    return reads.shown(release.review_broadcast(id, body, actor=request.auth)).cut(request.auth.ranges)
