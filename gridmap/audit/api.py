"""HTTP for the audit: who read this person, and what did this officer read; for the auditor alone."""

from uuid import UUID

from ninja import Query, Router

from gridmap.access import StaffRequest, require, visible
from gridmap.audit.models import Entry
from gridmap.audit.schemas import Entries, EntryOut
from gridmap.people.models import Resident

router = Router()
PAGE = 100


@router.get("/audit", response=Entries)
def audit(
    request: StaffRequest,
    subject: UUID | None = None,
    actor: UUID | None = None,
    page: int = Query(1, ge=1, le=100_000),
) -> Entries:
    """Entries, newest first: about one person or thing, by one user, or all."""
    require(request.auth, "audit.read")
    rows = visible(Entry.objects.all(), request.auth)
    if subject:
        no = Resident.objects.filter(pk=subject).values_list("no", flat=True).first()
        rows = rows.about(str(subject), no)
    if actor:
        rows = rows.filter(actor=actor)
    first = (page - 1) * PAGE
    items = [EntryOut.model_validate(row, from_attributes=True) for row in rows.order_by("-seq")[first : first + PAGE]]
    return Entries(items=items, total=rows.count())
