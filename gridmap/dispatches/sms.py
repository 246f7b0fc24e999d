"""SMS over an HTTP gateway: what it says, how long that is, and how both sides prove who they are."""

import hashlib
import hmac
import json
import time
import urllib.request
from collections.abc import Sequence
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone

from gridmap.broadcasts.models import Broadcast, MessageType
from gridmap.dispatches.contract import Answer, Outgoing
from gridmap.words import DEMO_MARK, DRILL_MARK, SMS

ONE, OF_MANY = 70, 67  # signs of UCS-2 in a text alone, and in each part of a longer one (3GPP TS 23.040)
MOST_PARTS = 5
SECONDS = 10.0
FRESH_SECONDS = 300
DEMO_PHONES = "129"  # which no network in China assigns
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Gateway:
    """The county's SMS provider; in a demo only one on this machine, and only phones that nobody has."""

    name = "sms"

    def send(self, batch: Sequence[Outgoing]) -> list[Answer]:
        """Hand messages over, as many as there are in one call; each with the time after which no phone may ring for it any more (3GPP
        TS 23.040, TP-Validity-Period).

        Raises:
            OSError: the gateway cannot be reached, is busy, or answers nonsense.
        """
        address = urlsplit(settings.SMS_URL)
        here = address.hostname in LOOPBACK
        if settings.DEMO and not here:
            return [Answer(row.id, refused="demo") for row in batch]
        if address.scheme != "https" and not (here and address.scheme == "http"):
            raise OSError("phones and texts leave this machine by https alone")
        wanted = [row for row in batch if not settings.DEMO or row.phone.startswith(DEMO_PHONES)]
        refused = [Answer(row.id, refused="demo") for row in batch if row not in wanted]
        if not wanted:
            return refused
        body = json.dumps({"messages": [{"id": str(row.id), "phone": row.phone, "text": row.text, "valid_until": row.expires.isoformat(timespec="seconds")} for row in wanted]}).encode()
        headers = {"Content-Type": "application/json", "X-Signature": sign(body, int(time.time()))}
        request = urllib.request.Request(settings.SMS_URL, body, headers)  # noqa: S310 https, or http to this machine
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            try:
                said = {row["id"]: row for row in json.load(answer)["messages"]}
            except (ValueError, KeyError, TypeError) as error:
                raise OSError("the gateway answered nonsense") from error
        return refused + [_answer(row, said.get(str(row.id), {})) for row in wanted]


def _answer(row: Outgoing, said: dict[str, object]) -> Answer:
    if provider_id := said.get("provider_id"):
        return Answer(row.id, provider_id=str(provider_id)[:80])
    return Answer(row.id, refused=str(said.get("error", "no answer"))[:40], again=bool(said.get("again", not said)))


def text_of(broadcast: Broadcast, *, inside: bool, behalf: str = "") -> str:
    """Say a broadcast in few signs: what, what to do, until when, who says so; cut at the instruction where it is too long.

    Args:
        broadcast: any version.
        inside: whether its area holds the resident.
        behalf: for whom the reader hears it, masked; "" for themselves.
    """
    mark = (DRILL_MARK if broadcast.drill else "") + (DEMO_MARK if settings.DEMO else "")
    head, tail = f"{mark}【{broadcast.issuer}】" + (SMS["behalf"].format(name=behalf) if behalf else ""), ""
    if broadcast.message_type == MessageType.CANCEL:
        said = SMS["cancelled"].format(headline=broadcast.headline, reason=broadcast.description)
    elif not inside:
        said = SMS["outside"].format(headline=broadcast.headline)
    else:
        said = f"{broadcast.headline}。{broadcast.instruction}"
        tail = SMS["until"].format(time=timezone.localtime(broadcast.expires).strftime(SMS["time"]))
    room = MOST_PARTS * OF_MANY - length(head + tail)
    return head + _cut(said, room) + tail


def _cut(said: str, room: int) -> str:
    if length(said) <= room:
        return said
    while length(said) > room - 1:
        said = said[:-1]
    return said + "…"


def length(text: str) -> int:
    """Count a text's signs as a gateway does: UTF-16 units, so that rare Han characters and pictures count twice."""
    return len(text.encode("utf-16-le")) // 2


def parts_of(text: str) -> int:
    """Say as how many messages a text is charged."""
    signs = length(text)
    return 1 if signs <= ONE else -(-signs // OF_MANY)


def sign(body: bytes, at: int) -> str:
    """Sign a body under the secret that both sides know: the time in seconds, and HMAC-SHA-256 over it and the body."""
    mark = hmac.new(settings.SMS_SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mark}"


def is_signed(body: bytes, signature: str) -> bool:
    """Say whether a body was signed by who knows the secret, within five minutes."""
    at = signature.removeprefix("t=").partition(",")[0]
    if not settings.SMS_SECRET or not (at.isascii() and at.isdigit() and len(at) < 12) or abs(time.time() - int(at)) > FRESH_SECONDS:
        return False
    return hmac.compare_digest(sign(body, int(at)).encode(), signature.encode(errors="replace"))
