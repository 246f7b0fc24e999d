"""Pictures in messages: drawn anew, seen by who gets the message, part of what is approved, and never in a public feed."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image

from gridmap import retention
from gridmap.broadcasts.models import Broadcast, Picture
from gridmap.people.models import Resident
from tests.broadcasts.steps import GROUP, form, in_force, submitted, updated
from tests.broadcasts.test_cancel import cancelled
from tests.clients import Caller, phone, signed_in

pytestmark = pytest.mark.django_db


def encoded(picture: Image.Image, kind: str = "PNG", **options: Any) -> str:
    drawn = io.BytesIO()
    picture.save(drawn, kind, **options)
    return base64.b64encode(drawn.getvalue()).decode()


PNG = encoded(Image.new("RGB", (40, 30), "red"))


def added(content: str = PNG) -> Any:
    return signed_in("planner").call("POST", "/api/pictures", {"content": content})


def test_it_comes_with_the_message_to_who_got_it_and_to_nobody_else() -> None:
    id = added().json()["id"]
    in_force(picture=id)
    inside, outside = (Resident.objects.filter(group__code=code)[0] for code in (GROUP, "430524002002001"))
    phones = [phone(str(person.pk), person.no) for person in (inside, outside)]
    assert phones[0].call("GET", "/api/inbox").json()["items"][0]["data"]["picture"] == id
    answers = [caller.get(f"/api/inbox/pictures/{id}") for caller in (*phones, Caller())]
    assert [answer.status_code for answer in answers] == [200, 404, 401]
    assert answers[0]["Content-Type"] == "image/jpeg"
    assert Image.open(io.BytesIO(answers[0].content)).size == (40, 30)


def test_nothing_of_the_file_that_came_goes_out() -> None:
    picture = Image.new("RGB", (60, 40), "blue")
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "27.1N 111.0E, home of a child", 6  # description; turned by a quarter
    stored = Picture.objects.get(pk=added(encoded(picture, "JPEG", exif=exif)).json()["id"])
    drawn = Image.open(io.BytesIO(bytes(stored.data)))
    assert (b"home of a child" in bytes(stored.data), dict(drawn.getexif()), drawn.size) == (False, {}, (40, 60))


def test_a_large_one_is_made_smaller_and_a_clear_one_white() -> None:
    large = added(encoded(Image.new("RGBA", (3000, 1000), (0, 0, 0, 0)))).json()
    assert (large["width"], large["height"]) == (1280, 427)
    pixel = Image.open(io.BytesIO(bytes(Picture.objects.get(pk=large["id"]).data))).getpixel((5, 5))
    assert pixel == (255, 255, 255)


def bomb() -> str:
    """A PNG of 30,000 by 30,000 pixels in some hundred bytes."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")).decode()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("", "request.invalid"), ("not base64!", "picture.unreadable"), (base64.b64encode(b"hello").decode(), "picture.unreadable"),
        (base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>").decode(), "picture.unreadable"),
        (encoded(Image.new("RGB", (9, 9)), "GIF"), "picture.unreadable"), (encoded(Image.new("RGB", (9, 9)), "BMP"), "picture.unreadable"),
        (PNG[:80], "picture.unreadable"), (bomb(), "picture.too_large"), ("A" * 960_000, "request.invalid"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_and_nothing_is_kept(content: str, code: str) -> None:
    answer = added(content)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not Picture.objects.exists()


def test_it_is_part_of_what_is_approved() -> None:
    first, second = added().json()["id"], added(encoded(Image.new("RGB", (40, 30), "green"))).json()["id"]
    waiting = submitted(picture=first)
    broadcast = Broadcast.objects.get(pk=waiting["id"])
    from gridmap.broadcasts.content import content_hash

    assert content_hash(broadcast) == waiting["content_hash"]
    broadcast.picture = second
    assert content_hash(broadcast) != waiting["content_hash"]
    unknown = signed_in("planner").call("POST", "/api/broadcasts", form(picture=waiting["id"]))
    assert (unknown.status_code, unknown.json()["code"]) == (422, "picture.unknown")


def test_an_update_keeps_it_and_the_public_feed_never_has_it() -> None:
    id = added().json()["id"]
    sent = in_force(picture=id, kind="lost_person", category="Rescue")
    kept = updated(sent.pk, level="red")
    assert str(kept.picture) == id
    assert updated(kept.pk, picture=None, headline=None).picture is None  # taken away
    assert Broadcast.objects.latest("version").headline == sent.headline
    feed = Caller().get("/cap/feed").content.decode() + Caller().get(f"/cap/{sent.pk}.xml").content.decode()
    assert id not in feed
    assert "image/jpeg" not in feed


def test_it_goes_when_the_ledger_of_its_message_goes() -> None:
    kept, gone = added().json()["id"], added().json()["id"]
    in_force(picture=kept)
    cancelled(in_force(picture=gone))
    Broadcast.objects.exclude(ended_at=None).update(ended_at="2020-01-01T00:00:00Z")
    retention.apply()
    assert {str(id) for id in Picture.objects.values_list("pk", flat=True)} == {kept}


@pytest.mark.parametrize("error", [struct.error, TypeError, KeyError])
def test_damaged_notes_of_the_camera_are_no_crash(error: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(picture: Image.Image) -> Image.Image:
        raise error("as Pillow does, of 220 out of 294,000 files with random bytes in their EXIF")

    monkeypatch.setattr("gridmap.broadcasts.pictures.ImageOps.exif_transpose", damaged)
    answer = added()
    assert (answer.status_code, answer.json()["code"]) == (422, "picture.unreadable")
