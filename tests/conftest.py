"""What every test can ask for: the tiny world, its cast, and real processes on databases of their own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from gridmap import cluster

os.environ.setdefault("GRIDMAP_QUIET_HOURS", "none")  # tests run at night too; for the processes that they start
cluster.ensure()

from tests import seeds, world  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="run the tests that take minutes too")
    parser.addoption("--lossy", action="store_true", help="serve every test's processes behind a doorbell that loses, doubles and delays rings")
    parser.addoption("--far", action="store_true", help="every browser's answers come half a second late, as in the hills: who taps too early is found")


def pytest_configure(config: pytest.Config) -> None:
    settings.QUIET_HOURS = None  # the settings were read before this file
    seeds.begin()
    if config.getoption("--lossy"):
        os.environ["GRIDMAP_TEST_APPLICATION"] = "tests.realtime.lossy:application"
    if config.getoption("--far"):
        os.environ["GRIDMAP_TEST_LATENCY"] = "500"


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the last of the processes that share them
        seeds.end()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--long"):
        items[:] = [item for item in items if "long" not in item.keywords]
    # The slow rooms last, so that a plain mistake shows within seconds.
    late = ("tests/access/test_sockets", "tests/serve", "tests/realtime", "tests/faults", "tests/bench", "tests/e2e")
    items.sort(key=lambda item: max((n for n, room in enumerate(late, 1) if room in item.nodeid), default=0))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Put the tiny world into the test database once; each test rolls its own changes back."""
    with django_db_blocker.unblock():
        world.build()


@pytest.fixture
def cast(db: None) -> dict[str, Any]:
    """Give the scope of each member of the cast, by name."""
    from gridmap.access import scope_of
    from gridmap.people.models import User

    return {user.username: scope_of(user) for user in User.objects.filter(username__in=world.CAST)}


@pytest.fixture(scope="session")
def house() -> Iterator[Any]:
    """Give real processes serving the tiny world."""
    from tests.house import House

    with House("tiny", [sys.executable, "-m", "tests.world"]) as running:
        yield running


@pytest.fixture(scope="session")
def county_house() -> Iterator[Any]:
    """Give real processes serving the demo county with 100,000 residents."""
    from tests.house import House

    with House("county", [sys.executable, "manage.py", "seed_county", "--residents", "100000"]) as running:
        yield running
