"""``manage.py rotate_keys``: seal everything under the current field key; the old one may go once nothing is left to it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from gridmap.resealing import left, reseal_all
from gridmap.sealing import mark_of


class Command(BaseCommand):
    """Change keys while the program runs."""

    help = (
        "Set GRIDMAP_FIELD_KEY to the new key and GRIDMAP_FIELD_KEY_BEFORE to the old one, restart, run this, then take "
        "GRIDMAP_FIELD_KEY_BEFORE away."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal anew, and say whether the old key is needed any more."""
        new, old = settings.FIELD_KEY, settings.FIELD_KEY_BEFORE
        if old and old != new and mark_of(old) == mark_of(new):
            raise CommandError("These two keys have the same mark, so a value would not tell which one sealed it. Make another new key.")
        done = reseal_all(lambda line: self.stdout.write(f"  {line}"))
        rest = left()
        self.stdout.write(f"sealed anew: {done} values; still under the old key: {rest}")
        if rest:
            raise CommandError("Keep the old key: imports wait for a decision. Commit or discard them, then run this again.")
