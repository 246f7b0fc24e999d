"""``manage.py run_imports``: reads, commits and undoes imports; a process of its own, so that no file can hold up the clock."""

import logging
import resource
import select
import signal
import time
from types import FrameType
from typing import Any

import psycopg2
from django.core.management.base import BaseCommand
from django.db import Error, connection

from gridmap.imports.actions import CHANNEL
from gridmap.imports.work import work_once
from gridmap.realtime.doorbell import connect
from gridmap.start import require_bare_login

MEMORY = 2_000_000_000  # a file that needs more kills its reader, and is refused the second time
IDLE_SECONDS = 30.0
logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Reads spreadsheets into the register, as their owners say."
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; a database that is down only delays."""
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        require_bare_login()
        bell = None
        while not self.stopping:
            try:
                bell = bell or connect(CHANNEL)
                if not work_once():
                    select.select([bell], [], [], IDLE_SECONDS)
                bell.poll()
                bell.notifies.clear()
            except (Error, psycopg2.Error) as error:
                self.stderr.write(f"imports: the database failed ({type(error).__name__}), trying again")
                connection.close()
                bell = None
                time.sleep(0.5)

    def _stop(self, signal_number: int, frame: FrameType | None) -> None:
        self.stopping = True
        raise SystemExit(0)
