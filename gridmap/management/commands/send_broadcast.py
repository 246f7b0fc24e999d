"""``manage.py send_broadcast``: a warning from a terminal when every web process is down; the clock sends it, the approvals are the same.

    send_broadcast --template NAME --area FILE --gap 地点=甲村 … --as USER     a commander sends alone, a planner submits
    send_broadcast --approve ID --as ANOTHER                                    another person approves, and it goes out
"""

import getpass
import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from gridmap.access import Scope, scope_of
from gridmap.broadcasts import actions, release, templates
from gridmap.broadcasts.models import Broadcast, Template
from gridmap.broadcasts.schemas import ReleaseIn
from gridmap.errors import Refused
from gridmap.people.sessions import checked
from gridmap.walls import staff_side
from gridmap.words import sentence


class Command(BaseCommand):
    help = __doc__

    def create_parser(self, *args: Any, **options: Any) -> CommandParser:
        """Keep the lines of the help as they are."""
        return super().create_parser(*args, formatter_class=RawDescriptionHelpFormatter, **options)

    def add_arguments(self, parser: CommandParser) -> None:
        """Take what to send and who sends it."""
        parser.add_argument("--as", dest="user", required=True, help="user name; the password is asked for")
        parser.add_argument("--template", help="the template's name")
        parser.add_argument("--area", type=Path, help="a file with an area as POST /api/broadcasts takes it: GeoJSON, circle, corridor, grids")
        parser.add_argument("--gap", action="append", default=[], metavar="NAME=WORDS", help="what fills a gap of the template")
        parser.add_argument("--approve", type=UUID, metavar="ID", help="approve and send what another person submitted")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check who asks, then take the same steps as the desk."""
        try:
            scope = scope_of(checked(options["user"], _hidden("password: "), _hidden("digits of the app, empty for none: ") or None, None))
            with staff_side(scope.ranges):
                if options["approve"]:
                    self._approve(options["approve"], scope)
                elif options["template"] and options["area"]:
                    self._send(options, scope)
                else:
                    raise CommandError("give --template and --area, or --approve")
        except Refused as refused:
            raise CommandError(f"{refused.code}: {sentence(refused.code, refused.where, english=True)}") from refused

    def _send(self, options: dict[str, Any], scope: Scope) -> None:
        wanted = _wanted(options["area"], options["gap"])
        template = Template.objects.filter(name=options["template"], retired_at=None).first()
        if template is None:
            raise CommandError("no such template: " + ", ".join(templates.offered().values_list("name", flat=True)))
        if scope.may("broadcasts.release"):
            sent = release.release_broadcast(template.pk, wanted, actor=scope)
            self.stdout.write(f"{sent.pk}: {sent.residents} residents, goes out at {sent.sends_at:%H:%M:%S} UTC; somebody else has to review it")
            return
        draft = actions.draft_broadcast(templates.filled(template, wanted), actor=scope)
        waiting = actions.submit_broadcast(draft.pk, actor=scope)
        self.stdout.write(f"{waiting.pk}: {waiting.residents} residents; now another person: send_broadcast --approve {waiting.pk} --as ANOTHER")

    def _approve(self, id: UUID, scope: Scope) -> None:
        row = Broadcast.objects.filter(pk=id).first()
        if row is None:
            raise CommandError("no such broadcast")
        self.stdout.write(f"{row.headline}\n{row.description}\n{row.instruction}\n{json.dumps(row.selection, ensure_ascii=False)}\n{row.residents} residents")
        if _line("approve and send this? type yes: ") != "yes":
            raise CommandError("not approved")
        actions.approve_broadcast(id, row.content_hash, actor=scope)
        sent = actions.send_broadcast(id, actor=scope)
        self.stdout.write(f"{sent.pk}: goes out at {sent.sends_at:%H:%M:%S} UTC")


def _wanted(file: Path, gaps: list[str]) -> ReleaseIn:
    try:
        area = json.loads(file.read_text(encoding="utf-8"))
        return ReleaseIn.model_validate({"selection": {"area": area}, "gaps": dict(gap.split("=", 1) for gap in gaps)})
    except (OSError, ValueError, ValidationError) as error:
        raise CommandError(f"the area or a gap cannot be read: {str(error)[:200]}") from error


def _hidden(question: str) -> str:
    """Ask at a terminal without showing the answer; else read a line."""
    return getpass.getpass(question) if sys.stdin.isatty() else _line(question)


def _line(question: str) -> str:
    if sys.stdin.isatty():
        sys.stderr.write(question)
    return sys.stdin.readline().strip()
