"""HTTP for warnings of other authorities."""

from ninja import Router

from gridmap.access import StaffRequest, require
from gridmap.broadcasts import relayed
from gridmap.broadcasts.relayed_schemas import DocumentIn, RelayedOut

router = Router()


@router.post("/broadcasts/relayed", response=RelayedOut)
def read_relayed(request: StaffRequest, body: DocumentIn) -> RelayedOut:
    """Read a CAP document; nothing is written."""
    require(request.auth, "broadcasts.draft")
    return relayed.read(body.document, request.auth)
