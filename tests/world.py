"""The tiny world: one county of two townships, eight square groups, forty people, and the named cast.

    A township (430524001): village 甲村 (001) and 乙村 (002)      B township (430524002): 丙村 (001) and 丁村 (002)
    Each village is two groups, 1组 and 2组; each group a square of 0.01 degrees, five people in two households.

Run as a module it fills the database that the environment names: ``python -m tests.world``.
"""

from __future__ import annotations

import csv
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import geopandas
from shapely.geometry import Polygon, box

from geodata import coverage
from geodata.codes import level, parent

WEST, SOUTH, SIDE = 111.0, 27.0, 0.01
TOWNSHIP_A, TOWNSHIP_B = "430524001", "430524002"
VILLAGES = {"430524001001": "甲村", "430524001002": "乙村", "430524002001": "丙村", "430524002002": "丁村"}
SHIPPED = Path(__file__).parents[1] / "gridmap" / "tags" / "shipped.csv"
PASSWORD = "a-long-test-password"
SINCE = (datetime(2026, 1, 1, tzinfo=UTC), None)
CAST = {
    "commander": ("陈指挥", "commander", "430524"),
    "planner": ("王规划", "planner", "430524"),
    "second_planner": ("李规划", "planner", "430524"),
    "auditor": ("周审计", "auditor", "430524"),
    "wall": ("大屏", "wall", "430524"),
    "head": ("甲乡长", "township_head", TOWNSHIP_A),
    "officer": ("刘警官", "officer", TOWNSHIP_A),
    "auxiliary": ("小赵", "auxiliary", "430524001001"),
    "far_officer": ("彭警官", "officer", TOWNSHIP_B),
}
PEOPLE_PER_GROUP = 5


def frame() -> geopandas.GeoDataFrame:
    """Give the tiny county's grids; the groups of a village lie one above the other, the villages side by side."""
    shapes: dict[str, Polygon] = {}
    for column, village in enumerate(VILLAGES):
        for row in range(2):
            west, south = WEST + column * SIDE, SOUTH + row * SIDE
            shapes[f"{village}{row + 1:03d}"] = box(round(west, 7), round(south, 7), round(west + SIDE, 7), round(south + SIDE, 7))
    names = {**VILLAGES, TOWNSHIP_A: "甲乡", TOWNSHIP_B: "乙镇", "430524": "小县"} | {code: f"{int(code[-1])}组" for code in shapes}
    tier: dict[str, Any] = dict(shapes)
    while len(next(iter(tier))) > 6:
        tier = coverage.dissolve(list(tier.values()), [code[:-3] for code in tier])
        shapes |= tier
    codes = sorted(shapes)
    columns = {
        "code": codes, "name": [names[code] for code in codes], "level": [int(level(code)) for code in codes],
        "parent": [parent(code) for code in codes], "synthetic": True,
    }  # fmt: skip
    return geopandas.GeoDataFrame(columns, geometry=[shapes[code] for code in codes], crs=4326)


def centre(code: str) -> tuple[float, float]:
    """Give the middle of a group, longitude and latitude."""
    column, row = list(VILLAGES).index(code[:12]), int(code[-1]) - 1
    return round(WEST + (column + 0.5) * SIDE, 7), round(SOUTH + (row + 0.5) * SIDE, 7)


def square(lon: float, lat: float, half: float = 0.004) -> dict[str, Any]:
    """Give a GeoJSON square around a point."""
    ring = [[lon - half, lat - half], [lon + half, lat - half], [lon + half, lat + half], [lon - half, lat + half]]
    return {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}


@dataclass(frozen=True)
class Phone:
    """A resident with a browser: the id, the group's code and the token that the browser keeps."""

    id: str
    code: str
    token: str


def ship_tags() -> None:
    """Put the shipped tags back where a test that commits has emptied the tables."""
    from gridmap.tags.models import Tag

    if not Tag.objects.exists():
        with SHIPPED.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        Tag.objects.bulk_create([Tag(**row | {"sensitive": row["sensitive"] == "1", "months": int(row["months"])}) for row in rows])


def build() -> dict[str, Any]:
    """Fill an empty database with the tiny world, and give the phones' tokens by group code."""
    from gridmap.edge.sessions import new_endpoint
    from gridmap.grids.actions import publish_first_version
    from gridmap.grids.models import Grid
    from gridmap.people.alarms import follow_uncovered
    from gridmap.people.models import Assignment, Household, Officer, Posting, Resident, User
    from gridmap.sealing import blind, seal

    ship_tags()
    publish_first_version(frame())
    grids = {grid.code: grid for grid in Grid.objects.current()}
    for username, (name, role, code) in CAST.items():
        user = User(username=username, name=name, role=role)
        user.set_password(PASSWORD)
        user.save()
        if role in ("officer", "auxiliary", "township_head"):
            duty = "primary" if role == "officer" else "deputy"
            Assignment.objects.create(officer=Officer.objects.create(name=name, user=user), grid=grids[code], duty=duty, period=SINCE)
        else:
            Posting.objects.create(user=user, grid=grids[code], period=SINCE)
    village_officer = Officer.objects.create(name="村警")
    for code in list(VILLAGES)[:3]:  # 丁村 has nobody: its two groups are uncovered
        Assignment.objects.create(officer=village_officer, grid=grids[code], duty="primary", period=SINCE)
    follow_uncovered()
    phones: dict[str, str] = {}
    for number, (code, grid) in enumerate((c, g) for c, g in sorted(grids.items()) if g.level == 3):
        lon, lat = centre(code)
        homes = [Household.objects.create(group=grid) for _ in range(2)]
        for i in range(PEOPLE_PER_GROUP):
            # The fifth is known only by the group; the first two are connected; the third is away.
            place = None if i == 4 else f"SRID=4326;POINT({lon - 0.002 + i * 0.001:.7f} {lat:.7f})"
            person = Resident(
                id=uuid5(NAMESPACE_URL, f"{code}/{i}"),  # the same at each run: who is first by key does not depend on luck
                household=homes[i % 2], group=grid, place=place, no=grid.no, birth_year=1950 + i, connected=i < 2, joined=i < 2,
                presence="away" if i == 2 else "here",
            )  # fmt: skip
            phone = f"1290000{number:02d}{i:02d}"
            person.name_sealed = seal(f"测试{number}{i}", f"people_resident.name.{person.pk}")
            person.phone_sealed, person.phone_index = seal(phone, f"people_resident.phone.{person.pk}"), blind(phone, "phone")
            person.name_index = blind(f"测试{number}{i}", "name")
            person.save()
            if i < 2:
                endpoint, token = new_endpoint(person.pk, grid.no)
                endpoint.save(force_insert=True)
                phones.setdefault(code, f"{person.pk} {token}")
    return phones


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gridmap.settings")
    import django

    django.setup()
    Path(os.environ["GRIDMAP_DEMO_FILE"]).write_text(json.dumps(build()))
