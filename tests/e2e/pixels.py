"""What a screenshot shows: counting colours, without trusting the DOM."""

from __future__ import annotations

import struct
import zlib
from collections import Counter
from pathlib import Path


def colours(path: Path) -> Counter[tuple[int, int, int]]:
    """Count the colours of an 8-bit PNG as Chromium writes it (RGB or RGBA, not interlaced)."""
    data = path.read_bytes()
    at, width, height, channels, packed = 8, 0, 0, 3, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        chunk = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, _, colour_type = struct.unpack(">IIBB", chunk[:10])
            channels = 4 if colour_type == 6 else 3
        elif kind == b"IDAT":
            packed += chunk
        at += size + 12
    raw, stride = zlib.decompress(packed), width * channels
    counted: Counter[tuple[int, int, int]] = Counter()
    before = bytearray(stride)
    for row in range(height):
        start = row * (stride + 1)
        line = _unfiltered(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), before, channels)
        if row % 4 == 0:  # every fourth line is plenty to judge a map by
            counted.update(zip(line[0::channels], line[1::channels], line[2::channels], strict=True))
        before = line
    return counted


def _unfiltered(filter: int, line: bytearray, before: bytearray, channels: int) -> bytearray:
    if filter == 0:
        return line
    for i in range(len(line)):
        left = line[i - channels] if i >= channels else 0
        up, corner = before[i], before[i - channels] if i >= channels else 0
        if filter == 1:
            line[i] = (line[i] + left) & 255
        elif filter == 2:
            line[i] = (line[i] + up) & 255
        elif filter == 3:
            line[i] = (line[i] + (left + up) // 2) & 255
        else:
            guess = left + up - corner
            near = min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))
            line[i] = (line[i] + near[2]) & 255
    return line


def share(path: Path, *wanted: str) -> float:
    """Give which share of a screenshot has one of these colours, as ``#rrggbb``, each within 3 steps a channel."""
    counted = colours(path)
    near = 0
    for colour in wanted:
        r, g, b = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        near += sum(n for (x, y, z), n in counted.items() if abs(x - r) <= 3 and abs(y - g) <= 3 and abs(z - b) <= 3)
    return near / sum(counted.values())
