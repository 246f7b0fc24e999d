"""Further languages are versions of the same words: on the phone, in CAP, under the same approval; and never of other words."""

from __future__ import annotations

from typing import Any

import pytest
from defusedxml.ElementTree import fromstring

from gridmap.broadcasts.models import Broadcast
from gridmap.people.models import Resident
from tests.broadcasts.steps import GROUP, form, in_force, submitted, update_drafted, updated
from tests.clients import phone, signed_in

pytestmark = pytest.mark.django_db
ENGLISH = {"language": "en", "headline": "Landslide: leave now", "description": "Cracks in the slope.", "instruction": "Walk east."}
KOREAN = {"language": "ko", "headline": "산사태: 대피하세요", "description": "", "instruction": ""}
INFO = "{urn:oasis:names:tc:emergency:cap:1.2}"


def test_a_phone_gets_every_language_and_cap_says_each() -> None:
    broadcast = in_force(languages=[ENGLISH, KOREAN])
    person = Resident.objects.filter(group__code=GROUP)[0]
    data = phone(str(person.pk), person.no).call("GET", "/api/inbox").json()["items"][0]["data"]
    assert (data["headline"], data["languages"]) == (broadcast.headline, [ENGLISH, KOREAN])
    root = fromstring(signed_in("planner").get(f"/cap/{broadcast.pk}.xml").content)
    assert [(info.findtext(f"{INFO}language"), info.findtext(f"{INFO}instruction")) for info in root.iter(f"{INFO}info")] == [("zh-CN", broadcast.instruction), ("en", "Walk east."), ("ko", None)]
    assert all("Landslide" in info.findtext(f"{INFO}headline", "") for info in root.iter(f"{INFO}info") if info.findtext(f"{INFO}language") == "en")


def test_a_translation_is_part_of_what_is_approved() -> None:
    assert submitted()["content_hash"] != submitted(languages=[ENGLISH])["content_hash"]


def test_other_words_leave_the_old_translations_behind() -> None:
    broadcast = in_force(languages=[ENGLISH])
    longer = updated(broadcast.pk, expires=broadcast.expires.isoformat())
    assert longer.languages == [ENGLISH]
    assert update_drafted(longer.pk, headline="只有北边仍须撤离")["languages"] == []


@pytest.mark.parametrize(
    "bad",
    [
        [ENGLISH | {"language": "zh-CN"}], [ENGLISH | {"language": "zh"}], [ENGLISH | {"language": "English"}], [ENGLISH, ENGLISH], [ENGLISH | {"headline": ""}],
        [ENGLISH | {"headline": "x\u202ey"}], [ENGLISH | {"colour": "red"}], "en", [{**ENGLISH, "language": f"x{letter}"} for letter in "abcdef"], [None],
    ],
)  # fmt: skip
def test_bad_languages_are_refused_and_nothing_is_drafted(bad: Any) -> None:
    answer = signed_in("planner").call("POST", "/api/broadcasts", form(languages=bad))
    assert (answer.status_code, answer.json()["code"]) == (422, "request.invalid")
    assert not Broadcast.objects.exists()
