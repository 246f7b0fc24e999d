"""The benches in small: both sides run, nobody is missed, and the ratios stay on the right side of absurd.

The figures that are promised are measured by hand on a quiet machine and stand in docs/benchmarks.md; here the ceilings
only catch a change that made something several times slower.
"""

from __future__ import annotations

import pytest

from tests.bench import audience, fanout


def test_a_warning_reaches_two_thousand_sockets_and_none_is_lost() -> None:
    found = fanout.run(sockets=2_000, residents=0, rounds=5, say=print)
    assert found["lost"] == 0
    assert found["ratio_to_floor"] < 5
    assert found["stalled_ratio"] < 1.5
    assert found["kb_per_socket"] <= 30
    assert found["peer"] is None or found["ratio_to_peer"] < 0.3


def test_who_is_in_an_area_equals_brute_force() -> None:
    found = audience.run(sockets=0, residents=60_000, rounds=3, say=print)
    assert found["lost"] == 0
    assert found["cases"]["half the county, picked"]["ratio_to_peer"] < 0.5
    assert found["ratio_to_peer"] < 1


@pytest.mark.long
def test_benches_at_full_size() -> None:
    assert fanout.run(sockets=9_500, residents=0, rounds=9, say=print)["lost"] == 0
    found = audience.run(sockets=0, residents=1_300_000, rounds=5, say=print)
    assert found["lost"] == 0
    assert found["seed_seconds"] < 180
    assert found["cases"]["half the county, picked"]["ratio_to_peer"] <= 0.1
