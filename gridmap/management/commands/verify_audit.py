"""``verify_audit``: walk the audit's chain; exit 1 at the first broken link, naming it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gridmap.audit import log


class Command(BaseCommand):
    """Verify the audit."""

    help = "walks the audit chain; exit 1 at the first broken link, naming it"

    def handle(self, *args: Any, **options: Any) -> None:
        """Say how many entries hold and what the head is, or where the chain is broken."""
        count, head, broken = log.verify()
        if broken:
            raise CommandError(f"entry {broken.seq}: {broken.why}; the {count} entries before it hold", returncode=1)
        self.stdout.write(f"the audit holds: {count} entries, head {head.hex()}")
