"""``manage.py seed_county``: the demo county, the same for the same seed."""

import io
import json
import os
import secrets
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy
import shapely
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.utils import timezone

from geodata import county
from gridmap import cluster
from gridmap.broadcasts.models import Template
from gridmap.edge.codes import token_of
from gridmap.edge.models import CodeKind, JoinCode
from gridmap.edge.sessions import new_endpoint
from gridmap.grids.actions import publish_first_version
from gridmap.grids.models import Grid, GridVersion
from gridmap.people import coverage, seeding
from gridmap.people.alarms import follow_uncovered
from gridmap.people.days import note_day
from gridmap.people.models import Assignment, Officer, Posting, Resident, Role, User, WallDevice
from gridmap.sealing import blind, seal
from gridmap.tags.seeding import label_everybody
from gridmap.tokens import hashed

DEMO_TOWNSHIPS = ("430524203", "430524104", "430524001")
DEMO_RESIDENTS = 24  # twenty on a road, and some beside it
BATCH = 50_000
DAYS_PAST = 45
DESK = (
    ("commander", "陈指挥", Role.COMMANDER), ("planner.wang", "王规划", Role.PLANNER), ("planner.li", "李规划", Role.PLANNER),
    ("auditor", "周审计", Role.AUDITOR),
)  # fmt: skip
FIELD = (("officer.dashuitian", "刘警官"), ("officer.gaoping", "彭警官"), ("officer.taohuaping", "肖警官"))
SINCE = (datetime(2026, 1, 1, tzinfo=UTC), None)
RESIDENT_COLUMNS = (
    "id, household_id, group_id, place, no, name_sealed, name_index, phone_sealed, phone_index, birth_year, presence, presence_on,"
    " joined, connected"
)


class Command(BaseCommand):
    help = "Makes the demo county: real names and codes, made-up borders and people."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the size, the seed, and where the demo's sign-ins are written."""
        parser.add_argument("--residents", type=int, default=200_000)
        parser.add_argument("--seed", type=int, default=430524)
        parser.add_argument("--demo-file", type=Path, default=cluster.DEMO_FILE)
        parser.add_argument("--missing", action="store_true", help="do nothing when grids are published already")
        parser.add_argument("--url", default=f"http://127.0.0.1:{settings.PORT}")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make everything in one transaction: a cut-off start leaves nothing behind."""
        if options["missing"] and not settings.DEMO:
            return  # as ./run and compose ask: a real county's grids do not come from here
        if not settings.DEMO:
            raise CommandError("The demo county is for the demo only (GRIDMAP_DEMO=1).")
        published = GridVersion.objects.exists()
        if published and options["missing"]:
            return
        if published:
            raise CommandError("Grids are published already; seed_county begins with an empty database.")
        self.stdout.write(f"making the demo county with {options['residents']} residents")
        self.began = time.monotonic()
        with transaction.atomic():
            demo = self.make(options["residents"], options["seed"], options["url"])
            write_private(options["demo_file"], demo)  # before the commit: a county without its sign-ins is of no use
        self.say("tidying up")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM (ANALYZE)")
        self.say("done")

    def make(self, residents: int, seed: int, url: str) -> dict[str, Any]:
        """Make grids, officers, people and sign-ins, and give what demo.json holds."""
        random = numpy.random.default_rng(seed)
        self.say("drawing the county")
        frame = county.county(seed)
        self.say(f"publishing {len(frame)} grids and their tiles")
        publish_first_version(frame)
        self.say("assigning officers")
        assign(random)
        self.say(f"registering {residents} residents")
        register(seeding.people(seeding.groups(frame, residents, random), random))
        self.say("counting")
        coverage.recount()
        self.say("labelling")
        label_everybody()
        past()
        follow_uncovered()
        return demo_file(url)

    def say(self, step: str) -> None:
        """Show how far it is."""
        self.stdout.write(f"  [{time.monotonic() - self.began:5.1f} s] {step}")
        self.stdout.flush()


def past() -> None:
    """Make up the last weeks' coverage, a little less every day back, so that the demo has a trend to show."""
    today = timezone.localdate()
    with connection.cursor() as cursor:
        for back in range(DAYS_PAST, -1, -1):
            note_day(today - timedelta(days=back))
            columns = ", ".join(
                f"{name} = ARRAY(SELECT round(x * %s)::int FROM unnest({name}) WITH ORDINALITY AS t(x, n) ORDER BY n)"
                for name in ("connected", "households_connected")
            )
            share = 1 - 0.004 * back
            cursor.execute(f"UPDATE people_coverageday SET {columns} WHERE day = %s", [share, share, today - timedelta(days=back)])


def assign(random: numpy.random.Generator) -> None:
    """Write the officers and who answers for what since the year began."""
    names, duties = seeding.duties(random)
    officers = [Officer(name=name) for name in names]
    for number, officer in enumerate(officers):  # by a range that nobody has
        officer.phone_sealed = seal(f"1299{number:07d}", f"people_officer.phone.{officer.pk}")
    Officer.objects.bulk_create(officers)
    Assignment.objects.bulk_create(
        [Assignment(officer=officers[row.officer], grid_id=row.grid, duty=row.duty, period=SINCE) for row in duties]
    )


def register(people: Iterable[seeding.Person]) -> None:
    """Copy households, residents and their endpoints; triggers and foreign keys stay out, recount() follows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DROP INDEX IF EXISTS resident_by_number, resident_by_phone, resident_by_name")
        households, residents, endpoints, seen = io.StringIO(), io.StringIO(), io.StringIO(), ""
        for number, person in enumerate(people, 1):
            if person.household != seen:
                households.write(f"{person.household}\t{person.group.id}\t\\N\n")
                seen = person.household
            residents.write(_row(person))
            if person.connected:
                token = secrets.token_hex(32)  # a hash whose token nobody has
                endpoints.write(f"{person.id}\t{token}\t{person.id}\t{person.group.no}\n")
            if number % BATCH == 0:
                _copy(cursor, households, residents, endpoints)
        _copy(cursor, households, residents, endpoints)
        cursor.execute(
            "CREATE INDEX resident_by_number ON people_resident (no) INCLUDE (id, household_id, connected, presence)"
        )
        cursor.execute("CREATE INDEX resident_by_phone ON people_resident (phone_index)")
        cursor.execute("CREATE INDEX resident_by_name ON people_resident (name_index)")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


def _row(person: seeding.Person) -> str:
    place = r"\N"
    if person.place:
        place = shapely.to_wkb(shapely.set_srid(shapely.Point(person.place), 4326), hex=True, include_srid=True)
    name = seal(person.name, f"people_resident.name.{person.id}").hex()
    called = blind(person.name, "name").hex()
    phone = index = r"\N"
    if person.phone:
        phone = r"\\x" + seal(person.phone, f"people_resident.phone.{person.id}").hex()
        index = r"\\x" + blind(person.phone, "phone").hex()
    return (
        f"{person.id}\t{person.household}\t{person.group.id}\t{place}\t{person.group.no}\t\\\\x{name}\t\\\\x{called}\t{phone}\t{index}"
        f"\t{person.birth_year}\t{person.presence}\t{person.presence_on}\t{person.joined}\t{person.connected}\n"
    )


def _copy(cursor: Any, households: io.StringIO, residents: io.StringIO, endpoints: io.StringIO) -> None:
    tables = (
        (households, "people_household (id, group_id, address_sealed)"),
        (residents, f"people_resident ({RESIDENT_COLUMNS})"),
        (endpoints, "edge_endpoint (id, token_hash, resident_id, no)"),
    )
    for buffer, table in tables:
        buffer.seek(0)
        cursor.cursor.copy_expert(f"COPY {table} FROM STDIN", buffer)
        buffer.seek(0)
        buffer.truncate()


def demo_file(url: str) -> dict[str, Any]:
    """Make the demo's sign-ins, the wall's link and twenty residents' phones."""
    county_grid = Grid.objects.current().county()
    sign_ins = []
    for username, name, role in DESK:
        user, password = _user(username, name, role)
        Posting.objects.create(user=user, grid=county_grid, period=SINCE)
        sign_ins.append({"username": username, "password": password, "role": role.value, "grids": [county_grid.code]})
    for (username, name), code in zip(FIELD, DEMO_TOWNSHIPS, strict=True):
        user, password = _user(username, name, Role.OFFICER)
        township = Grid.objects.current().get(code=code)
        officer = Officer.objects.create(name=name, user=user)
        Assignment.objects.create(officer=officer, grid=township, duty="primary", period=SINCE)
        sign_ins.append({"username": username, "password": password, "role": "officer", "grids": [code]})
    Template.objects.update(approver=User.objects.get(username=DESK[0][0]), approved_at=timezone.now())
    wall, _ = _user("wall-1", "指挥大厅一号屏", Role.WALL)
    Posting.objects.create(user=wall, grid=county_grid, period=SINCE)
    token = secrets.token_urlsafe(32)
    WallDevice.objects.create(token_hash=hashed(token), user=wall)
    return {
        "url": url,
        "sign_ins": sign_ins,
        "wall_url": f"{url}/demo/wall/{token}",
        "join_links": [_poster(url, code, wall) for code in DEMO_TOWNSHIPS],
        "residents": _phones(url),
    }


def _poster(url: str, code: str, by: User) -> dict[str, str]:
    """Hang a QR code up in a grid."""
    grid = Grid.objects.current().get(code=code)
    poster = JoinCode.objects.create(kind=CodeKind.GRID, grid=code, start=grid.group_start, end=grid.group_end, made_by=by.pk)
    return {"grid": code, "url": f"{url}/join/{token_of(poster)}"}


def _phones(url: str) -> list[dict[str, Any]]:
    """Give twenty residents of different villages a phone each, eight of them in the first demo township."""
    villages = Grid.objects.current().filter(level=2).order_by("code")
    first = [grid for grid in villages if grid.path[1] == DEMO_TOWNSHIPS[0]][:8]
    others = [grid for grid in villages if grid.path[1] != DEMO_TOWNSHIPS[0]]
    chosen = first + others[:: max(1, len(others) // (DEMO_RESIDENTS - len(first)))][: DEMO_RESIDENTS - len(first)]
    phones = []
    for village in chosen:
        here = Resident.objects.within([(village.group_start, village.group_end)])
        resident = here.filter(place__isnull=False, connected=True).select_related("group").order_by("id").first()
        if resident is None or resident.place is None:
            continue
        endpoint, token = new_endpoint(resident.pk, resident.no)
        endpoint.save(force_insert=True)
        place = [resident.place.x, resident.place.y]
        device = f"{url}/demo/device/{token}"
        phones.append({"id": str(resident.pk), "grid": resident.group.code, "location": place, "device_url": device})
    return phones


def _user(username: str, name: str, role: Role) -> tuple[User, str]:
    password = secrets.token_urlsafe(9)
    user = User(username=username, name=name, role=role)
    user.set_password(password)
    user.save()
    return user, password


def write_private(path: Path, content: dict[str, Any]) -> None:
    """Write a file that only its owner can read."""
    path.parent.mkdir(exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
