"""HTTP for residents' phones."""

from django.conf import settings
from django.middleware.csrf import get_token
from django.utils import timezone
from ninja import Router

from gridmap.edge import actions, reads
from gridmap.edge.schemas import Inbox, ReceiptIn, ReceiptOut
from gridmap.edge.sessions import DeviceCookie, PhoneRequest

router = Router(auth=DeviceCookie())


@router.get("/inbox", response=Inbox)
def inbox(request: PhoneRequest) -> Inbox:
    """This resident's messages."""
    items = reads.inbox_of(request.auth.resident_id)
    home = reads.home_of(request.auth)
    return Inbox(
        items=items, total=len(items), home=home, server_time=timezone.now(), csrf=get_token(request), demo=settings.DEMO
    )


@router.post("/receipts", response=ReceiptOut)
def receipts(request: PhoneRequest, body: ReceiptIn) -> ReceiptOut:
    """Say that a message was displayed, or answer it."""
    return actions.receive_receipt(body, endpoint=request.auth)
