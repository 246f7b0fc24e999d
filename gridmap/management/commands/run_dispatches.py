"""``manage.py run_dispatches``: hands SMS to the gateway; a process of its own, so that a slow gateway holds up no warning."""

import signal
import time
from types import FrameType
from typing import Any

import psycopg2
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import Error, connection

from gridmap.dispatches.sending import send_batch
from gridmap.dispatches.sms import Gateway
from gridmap.realtime.models import beat
from gridmap.start import require_bare_login

IDLE_SECONDS, BEAT_SECONDS = 1.0, 2.0


class Command(BaseCommand):
    help = "Sends what waits for the SMS gateway."
    stopping = False

    def handle(self, *args: Any, **options: Any) -> None:
        """Work until told to stop; without a gateway there is nothing to do, and a database that is down only delays."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        require_bare_login()
        beats_at = 0.0
        while not self.stopping:
            began = time.monotonic()
            try:
                if began >= beats_at:
                    beat("dispatches")
                    beats_at = began + BEAT_SECONDS
                sent = send_batch(Gateway()) if settings.SMS_URL else 0
            except (Error, psycopg2.Error) as error:
                self.stderr.write(f"dispatches: the database failed ({type(error).__name__}), trying again")
                connection.close()
                sent = 0
            # Not more a second than the gateway takes, whatever waits.
            time.sleep(max(0.0, sent / settings.SMS_PER_SECOND - (time.monotonic() - began)) if sent else IDLE_SECONDS)

    def _stop(self, signal_number: int, frame: FrameType | None) -> None:
        self.stopping = True
        raise SystemExit(0)
