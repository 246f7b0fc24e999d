"""``manage.py bench NAME``: one speed, with its floor and its peer in the same run; the last line is one JSON object."""

import json
from importlib import import_module
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

NAMES = ("acks", "audience", "coverage", "drawing", "drill", "fanout", "imports", "send", "tiles", "workers")


class Command(BaseCommand):
    help = "Measures one thing against its floor and its peer, on a database of its own that is dropped afterwards."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take which bench, and its size."""
        parser.add_argument("name", choices=NAMES)
        parser.add_argument("--sockets", type=int, default=2_000, help="fanout, workers: residents' sockets (full size 9500)")
        parser.add_argument("--residents", type=int, default=1_300_000, help="all but fanout and workers: size of the register")
        parser.add_argument("--rows", type=int, default=100_000, help="imports: rows of the spreadsheet")
        parser.add_argument("--rounds", type=int, default=9)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run it and print what it found."""
        # The benches lie beside the tests, whose real processes they use; only this command reaches up to them.
        bench = import_module(f"tests.bench.{options['name']}")
        found = bench.run(say=self.say, **{name: options[name] for name in ("sockets", "residents", "rows", "rounds")})
        self.stdout.write(json.dumps(found))

    def say(self, line: str) -> None:
        """Show how far it is."""
        self.stdout.write(f"  {line}")
        self.stdout.flush()
