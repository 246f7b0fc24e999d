"""What a client may say on a socket: hello, receipt, ping; ten bad frames close it."""

from typing import Any

import orjson

MAX_BYTES = 8192
MAX_BAD = 10


class BadFrame(ValueError):
    """A frame that is not one of ours."""


def read(message: dict[str, Any]) -> dict[str, Any]:
    """Read one frame.

    Args:
        message: the ASGI ``websocket.receive`` message.

    Raises:
        BadFrame: too long, no JSON object, or without a type.
    """
    said = message.get("text") or ""
    if not said or len(said) > MAX_BYTES:
        raise BadFrame
    try:
        frame = orjson.loads(said)
    except orjson.JSONDecodeError as error:
        raise BadFrame from error
    if not isinstance(frame, dict) or not isinstance(frame.get("type"), str):
        raise BadFrame
    return frame
