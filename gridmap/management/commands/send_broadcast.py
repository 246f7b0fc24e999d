"""``manage.py send_broadcast``: a warning from a terminal when every web process is down; the clock sends it, the approvals are the same.

    send_broadcast --template NAME --area FILE --gap 地点=甲村 … --as USER     a commander sends alone, a planner submits
    … --authority "省气象台 暴雨红色预警 2026-17号"                                  of a template that relays a warning: who issued it, and its number
    send_broadcast --approve ID --as ANOTHER                                    another person approves, and it goes out
    send_broadcast --stop ID --as USER                                          while the five seconds run
    send_broadcast --cancel ID --reason WORDS --as USER                         an all-clear; another person approves that too
"""

import getpass
import json
import sys
from argparse import RawDescriptionHelpFormatter
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser, OutputWrapper
from django.db.models import F
from pydantic import ValidationError

from gridmap.access import Scope, require, scope_of, visible
from gridmap.broadcasts import actions, release, templates
from gridmap.broadcasts.models import Broadcast, MessageType, State
from gridmap.broadcasts.schemas import ReleaseIn
from gridmap.errors import Missing, Refused
from gridmap.grids.ranges import runs
from gridmap.people.sessions import checked
from gridmap.realtime.models import Beat
from gridmap.walls import staff_side
from gridmap.words import sentence

# All that the approver's hash covers, as the desk shows it.
SHOWN = (
    "message_type", "drill", "kind", "level", "category", "headline", "description", "instruction", "languages", "picture", "issuer", "authority", "effective", "expires",
    "selection", "by_order", "residents", "connected", "away",
)  # fmt: skip


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
        parser.add_argument("--authority", default="", help="of a warning that is relayed: who issued it, and its number")
        parser.add_argument("--approve", type=UUID, metavar="ID", help="approve and send what another person submitted, or send what was approved")
        parser.add_argument("--stop", type=UUID, metavar="ID", help="stop what is about to go out")
        parser.add_argument("--cancel", type=UUID, metavar="ID", help="call off what is out")
        parser.add_argument("--reason", help="why it is called off")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check who asks, then take the same steps as the desk."""
        try:
            scope = scope_of(checked(options["user"], _hidden("password: "), _hidden("digits of the app, empty for none: ") or None, None))
            said = self._done(scope, options)
        except Refused as refused:
            raise CommandError(f"{refused.code}: {sentence(refused.code, refused.where, english=True)}") from refused
        self.stdout.write(said)
        if "goes out" in said and not Beat.objects.alive("clock"):  # committed it is; who reads "goes out" must not believe that it does
            self.stderr.write("NO CLOCK RUNS: nothing goes out until one does. Start it: ./run, or python manage.py run_clock")

    def _done(self, scope: Scope, options: dict[str, Any]) -> str:
        """Take the step that was asked for; gives what to say once it is committed."""
        if options["approve"]:
            return _approved(options["approve"], scope, self.stdout)
        with staff_side(scope.ranges):
            if options["stop"]:
                return f"{actions.stop_broadcast(options['stop'], actor=scope).pk}: stopped"
            if options["cancel"] and options["reason"]:
                return _cancelled(options["cancel"], options["reason"], scope)
            if options["template"] and options["area"]:
                return _sent(options, scope)
        raise CommandError("give --template and --area, --approve, --stop, or --cancel and --reason")


def _sent(options: dict[str, Any], scope: Scope) -> str:
    wanted = _wanted(options["area"], options["gap"])
    # Two may have one name while new words wait for their approval: the approved ones are meant, of these the newest.
    template = templates.offered().filter(name=options["template"]).order_by(F("approved_at").desc(nulls_last=True)).first()
    if template is None:
        raise CommandError("no such template: " + ", ".join(templates.offered().values_list("name", flat=True)))
    if scope.may("broadcasts.release"):
        sent = release.release_broadcast(template.pk, wanted, actor=scope)
        return f"{sent.pk}: {sent.residents} residents, goes out at {sent.sends_at:%H:%M:%S} UTC; somebody else has to review it"
    draft = actions.draft_broadcast(templates.filled(template, wanted, authority=options["authority"]), actor=scope)
    waiting = actions.submit_broadcast(draft.pk, actor=scope)
    return f"{waiting.pk}: {waiting.residents} residents; now another person: send_broadcast --approve {waiting.pk} --as ANOTHER"


def _approved(id: UUID, scope: Scope, out: OutputWrapper) -> str:
    with staff_side(scope.ranges):
        row = visible(Broadcast.objects.all(), scope).filter(pk=id).first()
        if row is None:
            raise Missing("request.missing")
        require(scope, "broadcasts.approve", ranges=runs(row.touched))
    out.write("\n".join(f"{name}: {_said(getattr(row, name))}" for name in SHOWN))
    # Nothing is locked while somebody reads: what changes meanwhile has another hash, and is refused.
    if _line("approve and send this? type yes: ") != "yes":
        raise CommandError("not approved")
    with staff_side(scope.ranges):
        if row.state == State.APPROVED and row.message_type != MessageType.CANCEL:  # at the desk, before the web went down
            return f"{row.pk}: goes out at {actions.send_broadcast(id, actor=scope).sends_at:%H:%M:%S} UTC"
        approved = actions.approve_broadcast(id, row.content_hash, actor=scope)
        if approved.message_type == MessageType.CANCEL:
            return f"{approved.pk}: goes out"
        return f"{approved.pk}: goes out at {actions.send_broadcast(id, actor=scope).sends_at:%H:%M:%S} UTC"


def _cancelled(id: UUID, reason: str, scope: Scope) -> str:
    if not 2 <= len(reason.strip()) <= 500:
        raise CommandError("the reason takes 2 to 500 characters")
    waiting = actions.cancel_broadcast(id, reason.strip(), actor=scope)
    return f"{waiting.pk}: now another person: send_broadcast --approve {waiting.pk} --as ANOTHER"


def _said(value: object) -> str:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


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
