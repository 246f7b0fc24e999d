"""Sending from a terminal: the same approvals as the desk, and no web process needed."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from gridmap.broadcasts.models import Broadcast, Delivery
from tests import world
from tests.broadcasts.steps import GROUP, send_now
from tests.broadcasts.test_release import TEMPLATE, template

pytestmark = pytest.mark.django_db
GAPS = ["--gap", "地点=甲村", "--gap", "安置点=村小学"]


@pytest.fixture
def area(tmp_path: Path) -> str:
    file = tmp_path / "area.json"
    file.write_text(json.dumps({"type": "grids", "codes": [GROUP]}), encoding="utf-8")
    return str(file)


def run(monkeypatch: pytest.MonkeyPatch, *flags: str, password: str = world.PASSWORD, more: str = "") -> str:
    said = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n\n{more}"))
    call_command("send_broadcast", *flags, stdout=said)
    return said.getvalue()


def test_a_commander_sends_alone_from_an_approved_template(monkeypatch: pytest.MonkeyPatch, area: str) -> None:
    template(approved=True)
    said = run(monkeypatch, "--template", TEMPLATE["name"], "--area", area, *GAPS, "--as", "commander")  # type: ignore[list-item,arg-type]
    assert "5 residents" in said
    broadcast = Broadcast.objects.get()
    assert (broadcast.state, broadcast.review) == ("countdown", "waiting")
    send_now(broadcast.pk)
    assert Delivery.objects.count() == 5


def test_a_planner_submits_and_another_person_approves(monkeypatch: pytest.MonkeyPatch, area: str) -> None:
    template(approved=True)
    said = run(monkeypatch, "--template", TEMPLATE["name"], "--area", area, *GAPS, "--as", "planner")  # type: ignore[list-item,arg-type]
    id = re.findall(r"--approve (\S+)", said)[0]
    with pytest.raises(CommandError, match=r"broadcast\.own_approval"):
        run(monkeypatch, "--approve", id, "--as", "planner", more="yes\n")
    with pytest.raises(CommandError, match="not approved"):
        run(monkeypatch, "--approve", id, "--as", "second_planner", more="no\n")
    assert Broadcast.objects.get().state == "submitted"
    assert "goes out at" in run(monkeypatch, "--approve", id, "--as", "second_planner", more="yes\n")
    assert Broadcast.objects.get().state == "countdown"


@pytest.mark.parametrize(("who", "password", "why"), [
    ("commander", "wrong", "session.refused"), ("nobody", world.PASSWORD, "session.refused"), ("officer", world.PASSWORD, "access.denied"),
])  # fmt: skip
def test_who_may_not_gets_nowhere(monkeypatch: pytest.MonkeyPatch, area: str, who: str, password: str, why: str) -> None:
    template(approved=True)
    flags: list[Any] = ["--template", TEMPLATE["name"], "--area", area, *GAPS, "--as", who]
    with pytest.raises(CommandError, match=why):
        run(monkeypatch, *flags, password=password)
    assert Broadcast.objects.count() == 0


@pytest.mark.parametrize("content", ["", "{", "[]", '{"type": "grids", "codes": []}', '{"type": "Polygon", "coordinates": []}', "\x00"])
def test_a_bad_file_sends_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str) -> None:
    template(approved=True)
    file = tmp_path / "bad.json"
    file.write_text(content, encoding="utf-8")
    flags: list[Any] = ["--template", TEMPLATE["name"], "--area", str(file), *GAPS, "--as", "commander"]
    with pytest.raises(CommandError):
        run(monkeypatch, *flags)
    assert Broadcast.objects.count() == 0
