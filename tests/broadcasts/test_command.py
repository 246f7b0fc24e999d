"""Sending from a terminal: the same approvals as the desk, and no web process needed."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from gridmap.access import scope_of
from gridmap.broadcasts.models import Broadcast, Delivery, Template
from gridmap.broadcasts.templates import gaps_of
from gridmap.realtime.models import beat
from tests import world
from tests.broadcasts.steps import GROUP, in_force, send_now, submitted
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


def test_an_all_clear_from_a_terminal_takes_two_people_too(monkeypatch: pytest.MonkeyPatch) -> None:
    out = in_force()
    said = run(monkeypatch, "--cancel", str(out.pk), "--reason", "险情解除", "--as", "planner")
    id = re.findall(r"--approve (\S+)", said)[0]
    with pytest.raises(CommandError, match=r"broadcast\.own_approval"):
        run(monkeypatch, "--approve", id, "--as", "planner", more="yes\n")
    shown = run(monkeypatch, "--approve", id, "--as", "second_planner", more="yes\n")
    assert "险情解除" in shown
    assert Broadcast.objects.get(pk=out.pk).state == "cancelled"
    assert send_now(id).state == "in_force"


def test_one_person_stops_from_a_terminal_and_the_approver_reads_all_that_the_hash_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    english = {"language": "en", "headline": "Landslide, leave now", "description": "", "instruction": ""}
    waiting = submitted(kind="relayed_warning", authority="湖南省气象台 2026 第 7 号", languages=[english], level="red")
    shown = run(monkeypatch, "--approve", waiting["id"], "--as", "second_planner", more="yes\n")
    assert all(words in shown for words in ("湖南省气象台 2026 第 7 号", "Landslide, leave now", "red", "小县防汛抗旱指挥部"))
    assert "stopped" in run(monkeypatch, "--stop", waiting["id"], "--as", "planner")
    assert Broadcast.objects.get().state == "approved"
    assert "goes out at" in run(monkeypatch, "--approve", waiting["id"], "--as", "planner", more="yes\n")  # approved already, by somebody else
    assert Broadcast.objects.get().state == "countdown"


def test_where_no_clock_runs_that_is_said_and_where_two_templates_have_one_name_the_approved_one_goes(monkeypatch: pytest.MonkeyPatch, area: str, capsys: pytest.CaptureFixture[str]) -> None:
    alone = ["--template", str(TEMPLATE["name"]), "--area", area, *GAPS, "--as", "commander"]
    approved = template(approved=True)
    for _ in range(5):  # whichever of their random ids is the lowest
        template(approved=False)
    run(monkeypatch, *alone)
    assert str(Broadcast.objects.get().template) == approved
    assert "NO CLOCK RUNS" in capsys.readouterr().err
    run(monkeypatch, "--stop", str(Broadcast.objects.get().pk), "--as", "commander")
    assert "NO CLOCK RUNS" not in capsys.readouterr().err  # nothing goes out by that
    beat("clock")
    run(monkeypatch, *alone)
    assert "NO CLOCK RUNS" not in capsys.readouterr().err


def test_what_lies_outside_ones_grids_is_not_read_out(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = submitted(headline="乙乡的一条通知")
    monkeypatch.setattr("gridmap.management.commands.send_broadcast.scope_of", lambda user: replace(scope_of(user), ranges=((9000, 9001),)))
    with pytest.raises(CommandError, match=r"request\.missing"):
        run(monkeypatch, "--approve", waiting["id"], "--as", "second_planner", more="yes\n")


def test_a_warning_of_the_weather_service_is_relayed_with_its_number(monkeypatch: pytest.MonkeyPatch, area: str) -> None:
    name = Template.objects.filter(kind="relayed_warning", retired_at=None)[0].name
    Template.objects.filter(name=name).update(approved_at=timezone.now())
    gaps = [flag for gap in gaps_of(Template.objects.get(name=name)) for flag in ("--gap", f"{gap}=今晚八点")]
    flags = ["--template", name, "--area", area, *gaps, "--as", "planner"]
    with pytest.raises(CommandError, match=r"broadcast\.authority_needed"):
        run(monkeypatch, *flags)
    assert "--approve" in run(monkeypatch, *flags, "--authority", "省气象台 暴雨红色预警 2026-17号")
    assert Broadcast.objects.get().authority == "省气象台 暴雨红色预警 2026-17号"
