"""HTTP for gateways: their reports, signed."""

from django.http import HttpRequest
from ninja import Router, Status

from gridmap.dispatches.actions import receive_reports
from gridmap.dispatches.schemas import Reports
from gridmap.dispatches.sms import is_signed
from gridmap.errors import Denied

router = Router(auth=None)


@router.post("/sms/reports", response={204: None})
def report(request: HttpRequest, body: Reports) -> Status[None]:
    """Take an SMS gateway's reports."""
    if not is_signed(request.body, request.headers.get("X-Signature", "")):
        raise Denied("sms.unsigned")
    receive_reports("sms", body.reports)
    return Status(204, None)
