"""The benches in small, by their command: the last line is JSON, nobody is missed, and no ratio is absurd.

The figures that are promised are measured by hand on a quiet machine and stand in docs/benchmarks.md; the ceilings here
only catch a change that made something several times slower.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from gridmap import cluster

COUNTY = 100_000  # as the house of the e2e stories: filled once for both


def bench(name: str, **options: int) -> dict[str, Any]:
    """Run a bench and give what its last line says."""
    flags = [part for option, value in options.items() for part in (f"--{option}", str(value))]
    command = [sys.executable, "manage.py", "bench", name, *flags]
    done = subprocess.run(command, cwd=cluster.ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


def test_a_warning_reaches_two_thousand_sockets_and_none_is_lost() -> None:
    found = bench("fanout", sockets=2_000, rounds=3)
    assert found["lost"] == 0
    assert found["ratio_to_floor"] < 4
    assert found["stalled_ratio"] < 1.5
    assert found["kb_per_socket"] <= 30
    assert found["peer"] is None or found["ratio_to_peer"] < 0.3


def test_two_web_processes_lose_nobody_and_stand_in_nobodys_way() -> None:
    found = bench("workers", sockets=1_000, rounds=3)
    assert found["lost"] == 0
    assert found["ratio_to_peer"] < 3


def test_who_is_in_an_area_equals_brute_force() -> None:
    found = bench("audience", residents=200_000, rounds=5)  # with fewer people our fixed cost is as much as the peer reads
    assert found["lost"] == 0
    assert found["refused"]["through"] == 0
    assert found["cases"]["half the county, picked"]["ratio_to_peer"] < 0.5
    assert found["ratio_to_peer"] < 1


def test_the_desk_shows_who_is_inside_soon_after_a_change() -> None:
    found = bench("drawing", residents=COUNTY, rounds=3)
    assert found["lost"] == 0
    assert found["ratio_to_floor"] < 30


def test_coverage_is_never_counted_anew() -> None:
    found = bench("coverage", residents=COUNTY, rounds=3)
    assert found["lost"] == 0
    assert found["ratio_to_peer"] < 1.5
    assert found["live_bytes"] <= 20_000
    assert found["receipts"]["ratio_to_peer"] < 1
    assert found["cases"]["missed in the county, first page"] < 5 * found["cases"]["missed in a village, first page"]


def test_the_ledger_of_a_send_is_complete_and_costs_little_more_than_its_rows() -> None:
    found = bench("send", residents=COUNTY, rounds=2)
    assert found["lost"] == 0
    assert found["ratio_to_peer"] < 0.3
    assert found["first"] <= found["connected"] <= found["ours"]


def test_receipts_are_counted_right_and_replays_change_nothing() -> None:
    found = bench("acks", residents=COUNTY)
    assert found["lost"] == 0
    assert found["ratio_to_peer"] < 0.3
    assert found["replayed"] < 2 * found["ours"]


def test_an_evacuation_by_the_knock_list_takes_less_than_one_on_paper() -> None:
    found = bench("drill", residents=COUNTY)
    assert found["lost"] == 0
    assert found["minutes"]["50"] < found["paper"]["50"]
    assert found["minutes"]["100"] < found["paper"]["100"]


def test_tiles_are_served_from_what_was_rendered_and_a_resident_renders_none() -> None:
    found = bench("tiles", residents=COUNTY, rounds=1)
    assert found["lost"] == 0
    assert found["served_to_peer"] < 0.3


def test_a_spreadsheet_is_read_written_and_taken_back_without_losing_a_row() -> None:
    found = bench("imports", residents=COUNTY, rows=3_000)
    assert (found["lost"], found["state"]) == (0, "undone")
    assert found["ratio_to_peer"] < 0.5


@pytest.mark.long
def test_benches_at_full_size() -> None:
    assert bench("fanout", sockets=9_500)["lost"] == 0
    found = bench("audience", residents=1_300_000, rounds=5)
    assert found["lost"] == 0
    assert found["seed_seconds"] < 180
    assert found["cases"]["half the county, picked"]["ratio_to_peer"] <= 0.1
    assert found["ratio_to_peer"] <= 0.1
    assert bench("coverage", residents=1_300_000)["ratio_to_peer"] <= 0.1
    assert bench("tiles", residents=200_000)["ratio_to_peer"] <= 0.35
    assert bench("drill", residents=1_300_000)["ratio_to_peer"] <= 0.5
    assert bench("imports", residents=1_300_000)["lost"] == 0
