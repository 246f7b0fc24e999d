"""``manage.py run_clock``: the timers. Every due thing is a row; a killed clock loses nothing, two do nothing twice.

Sending has a thread to itself, since warnings wait for it; who waits at a door has one, since letting them in waits for the rows of
the register, which an import may hold for seconds; who came late, calls and call-ups have a third; and what keeps the house in order,
however long it takes and for whose rows ever it waits, a fourth.
"""

import logging
import select
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any
from uuid import UUID

import psycopg2
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import Error, connection
from django.utils import timezone

from gridmap import retention
from gridmap.audit import log as audit
from gridmap.broadcasts import sending
from gridmap.broadcasts.models import Broadcast, State
from gridmap.callups.actions import call_up, call_wider, escalate
from gridmap.dispatches.actions import queue_due
from gridmap.incidents.calls import open_calls
from gridmap.one_by_one import DATABASE, OF_ONE, PassedOverError, give_up_broken, one_by_one
from gridmap.orders.actions import give_orders, hand_on_orders
from gridmap.orders.sending import send_confirmed
from gridmap.people import days
from gridmap.people.alarms import follow_uncovered
from gridmap.people.assign import finish_handovers
from gridmap.people.connect import let_in_at_doors
from gridmap.people.connections import follow_connections
from gridmap.people.duty import end_duties
from gridmap.people.presence import forget_presence
from gridmap.realtime import log
from gridmap.realtime.doorbell import connect
from gridmap.realtime.models import Beat, beat, note_failing, note_working
from gridmap.register.contacts import follow_hearing
from gridmap.register.records import answer_record
from gridmap.start import require_bare_login, require_durable_database
from gridmap.tags.actions import recount_labels

BEAT_SECONDS = 2.0
HELD_SECONDS = 0.05
SHORTEST_SECONDS = 0.5  # for which a stop waits at most
AGAIN_SECONDS = 60.0  # after which what failed is tried again, though it is done once a day
MOST_ANSWERS = 50  # then the other jobs have their turn
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Runs the timers: sends what is due, finds late entrants, ends what has expired."
    stopping = threading.Event()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the question of a health check."""
        parser.add_argument("--check", action="store_true", help="only say whether a clock runs: exit 1 when none does")

    def handle(self, *args: Any, **options: Any) -> None:
        """Turn until told to stop; a database that is down only delays."""
        if options["check"]:
            if not Beat.objects.alive("clock"):
                raise CommandError("No clock gave a sign of life within ten seconds.")
            return
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        require_durable_database()
        require_bare_login()
        note_working()  # what an earlier clock could not do is tried now, and said anew
        turns = {"answers": Answers().turn, "jobs": Jobs(JOBS).turn, "housekeeping": Jobs(HOUSEKEEPING, lock_seconds=60).turn}
        others = [threading.Thread(target=self._keep_turning, args=(turn,), name=name) for name, turn in turns.items()]
        for thread in others:
            thread.start()
        self._keep_turning(Sending().turn)
        for thread in others:
            thread.join()

    def _keep_turning(self, turn: Callable[[], None]) -> None:
        try:
            while not self.stopping.is_set():
                try:
                    turn()
                except (Error, psycopg2.Error) as error:
                    self.stderr.write(f"clock: the database failed ({type(error).__name__}), trying again")
                    connection.close()
                    time.sleep(0.3)
        finally:
            self.stopping.set()  # half a clock would look like a whole one: where one thread ends, both do, and serve starts anew
            connection.close()

    def _stop(self, signal_number: int, frame: FrameType | None) -> None:
        self.stopping.set()


class Sending:
    """Sends what is due, at the moment it is due."""

    def __init__(self) -> None:
        self.bell: psycopg2.extensions.connection | None = None
        self.beats_at = 0.0

    def turn(self) -> None:
        """Send, give a sign of life, and sleep until the next countdown ends, the doorbell rings or a beat is due."""
        try:
            self.bell = self.bell or connect(log.CLOCK_CHANNEL)
            all_sent = send_due(self.sign)
            for _ in range(MOST_ANSWERS):
                if not guarded(send_confirmed):
                    break
                send_due(self.sign)
            self.sign(all_sent)
            wait(self.bell, self.beats_at, held=all_sent)
        except (Error, psycopg2.Error):
            self.bell = None
            raise

    def sign(self, all_sent: bool) -> None:
        """Give a sign of life when one is due; a warning that cannot be sent is a silent clock: every screen says so."""
        if time.monotonic() < self.beats_at:
            return
        self.beats_at = time.monotonic() + BEAT_SECONDS
        if all_sent and not Broadcast.objects.overdue().exists():
            beat("clock")


class Answers:
    """Answers who waits at a door, who said on their phone whether they hear for somebody, and who asked for their record."""

    def __init__(self) -> None:
        self.bell: psycopg2.extensions.connection | None = None

    def turn(self) -> None:
        """Answer, and sleep until the doorbell rings."""
        try:
            self.bell = self.bell or connect(log.CLOCK_CHANNEL)
            guarded(let_in_at_doors)
            for answer in (follow_hearing, answer_record):
                for _ in range(MOST_ANSWERS):
                    if not guarded(answer):
                        break
            sleep(self.bell, BEAT_SECONDS)
        except (Error, psycopg2.Error):
            self.bell = None
            raise


class Jobs:
    """Does whatever else is due, one after the other, each at its own pace.

    Args:
        jobs: what is done, and every how many seconds.
        lock_seconds: for how long one waits for somebody else's rows at the most, to be tried again; None for ever.
    """

    def __init__(self, jobs: dict[Callable[[], object], float], *, lock_seconds: int | None = None) -> None:
        self.jobs, self.lock_seconds = jobs, lock_seconds
        self.next_run = dict.fromkeys(self.jobs, 0.0)

    def turn(self) -> None:
        """Do the jobs whose time has come; one for which the database fails, after it took long, starves none behind it."""
        broken: Exception | None = None
        for job, seconds in self.jobs.items():
            if time.monotonic() >= self.next_run[job]:
                try:
                    self._limit_waiting()
                    guarded(job)
                except (Error, psycopg2.Error) as error:
                    broken = error
                    give_up_broken()
                    connection.ensure_connection()  # where it is the database, and not this job, that is raised here
                    note(job.__name__)
                self.next_run[job] = time.monotonic() + (min(seconds, AGAIN_SECONDS) if job.__name__ in failing else seconds)
        if broken is not None:
            raise broken
        time.sleep(max(0.0, min(SHORTEST_SECONDS, min(self.next_run.values()) - time.monotonic())))

    def _limit_waiting(self) -> None:
        """Of each connection anew: one that failed was given up."""
        if self.lock_seconds is not None:
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{self.lock_seconds}s"])


failing: set[str] = set()  # of this clock's jobs; one that starts begins with none


def note(name: str) -> None:
    """Have every screen told that a job fails, as long as it does."""
    failing.add(name)
    note_failing(name)


def guarded(job: Callable[[], object]) -> object:
    """Do a job; a mistake in one is written down, told to every screen, and must not end the clock, which warnings wait for.

    Returns:
        What the job gave, None when it failed.
    """
    name = job.__name__
    try:
        done = job()
    except (Error, psycopg2.Error) as error:
        if not isinstance(error, OF_ONE):
            raise
        logger.exception("clock: %s failed", name)
    except PassedOverError:
        pass  # what it passed over is in the log
    except Exception:
        logger.exception("clock: %s failed", name)
    else:
        if name in failing:
            note_working(name)
            failing.discard(name)
        return done
    note(name)
    return None


def send_due(sign: Callable[[bool], None] = lambda all_sent: None) -> bool:
    """Write the chunks of every broadcast that is due, taking turns so that a long one does not hold up a new one.

    Args:
        sign: told after each turn whether none failed: writing to a whole county, in chunks, takes longer than a clock may be silent.

    Returns:
        Whether none of them failed; one that does holds up no other, and is tried again.
    """
    waiting = sending.due()
    failed: set[UUID] = set()
    broken: Exception | None = None
    while waiting:
        more = []
        for id in waiting:
            try:
                if sending.send_step(id):
                    more.append(id)
            except DATABASE as error:  # mostly the database itself, which fails for all; or one whose questions take too long
                broken = error
                failed.add(id)
                give_up_broken()
            except Exception:
                logger.exception("clock: broadcast %s failed", id)
                failed.add(id)
        sign(not failed)
        waiting = more and [*more, *(id for id in sending.due() if id not in more and id not in failed)]
    if broken is not None:
        raise broken
    return not failed


def wait(bell: "psycopg2.extensions.connection", latest: float, *, held: bool) -> None:
    """Sleep until the next countdown ends, a job is due or the doorbell rings, whichever comes first; hardly at all while something
    is being sent, when ``held``: somebody at the desk, or a job, held its row for a moment. What failed waits for the next beat."""
    upcoming = Broadcast.objects.filter(state=State.COUNTDOWN).order_by("sends_at").values_list("sends_at", flat=True)
    first = (upcoming if held else upcoming.filter(sends_at__gt=timezone.now())).first()
    seconds = latest - time.monotonic()
    if first is not None:
        seconds = min(seconds, (first - timezone.now()).total_seconds())
    if held and sending.due():
        seconds = HELD_SECONDS
    sleep(bell, seconds)


def sleep(bell: "psycopg2.extensions.connection", seconds: float) -> None:
    """Sleep until the doorbell rings, for so many seconds at most."""
    select.select([bell], [], [], max(0.0, seconds))
    bell.poll()
    bell.notifies.clear()


def beat_jobs() -> None:
    """Give a sign of life of what is done beside sending."""
    beat("jobs")


def reconcile() -> None:
    """Find late entrants and those missed by a race, for every broadcast in force; one that fails holds up no other."""
    one_by_one(sending.reconcile, Broadcast.objects.live().filter(state=State.IN_FORCE).values_list("pk", flat=True))


JOBS: dict[Callable[[], object], float] = {
    beat_jobs: BEAT_SECONDS,
    sending.expire_due: 1.0,
    finish_handovers: 1.0,
    follow_uncovered: 1.0,
    reconcile: 5.0,
    open_calls: 1.0,
    queue_due: 10.0,
    call_up: 1.0,
    call_wider: 10.0,
    escalate: 5.0,
    give_orders: 1.0,
    hand_on_orders: 15.0,
}
HOUSEKEEPING: dict[Callable[[], object], float] = {
    follow_connections: 2.0,
    days.note_day: 3600.0,
    days.recount_drift: 86_400.0,
    end_duties: 600.0,
    recount_labels: 86_400.0,
    forget_presence: 3600.0,  # reads the whole register, for a limit that moves once a day
    retention.sweep: 3600.0,
    retention.apply: 3600.0,
    audit.note_head: 86_400.0,
}
