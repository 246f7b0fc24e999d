"""``create_commander USERNAME NAME``: the first sign-in of a real county; everybody else's is made by a commander."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from pydantic import ValidationError

from gridmap.errors import Refused
from gridmap.people.accounts import create_first
from gridmap.people.accounts_schemas import AccountIn
from gridmap.words import sentence


class Command(BaseCommand):
    help = "Makes a commander of the whole county and prints the first password, once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take who it is."""
        parser.add_argument("username")
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the account."""
        try:
            user, first = create_first(AccountIn(username=options["username"], name=options["name"], role="commander"))
        except ValidationError as error:
            raise CommandError(f"{error.errors()[0]['loc'][0]}: {error.errors()[0]['msg']}") from error
        except Refused as error:
            raise CommandError(sentence(error.code, error.where, english=True)) from error
        self.stdout.write(f"{user.username}: first password {first} (to be changed at the first sign-in, with a second factor)")
