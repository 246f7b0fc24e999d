"""HTTP for gateways: their reports, signed."""

from django.http import HttpRequest, JsonResponse
from ninja import Router, Status

from gridmap.dispatches.actions import receive_reports
from gridmap.dispatches.schemas import Reports
from gridmap.dispatches.sms import is_signed
from gridmap.errors import Denied, answer

router = Router(auth=None)


@router.post("/sms/reports", response={204: None})
def report(request: HttpRequest, body: Reports) -> Status[None] | JsonResponse:
    """Take an SMS gateway's reports; it has to bring those again that came before their message was noted."""
    if not is_signed(request.body, request.headers.get("X-Signature", "")):
        raise Denied("sms.unsigned")
    unknown = receive_reports("sms", body.reports)
    if unknown:
        return answer(request, 409, "sms.unknown", {"n": unknown})  # said and not raised: what is known of the others is kept
    return Status(204, None)
