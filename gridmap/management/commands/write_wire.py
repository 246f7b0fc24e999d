"""``manage.py write_wire FILE``: the OpenAPI description with every wire fact, from which wire.gen.ts is made."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from ninja import Schema

from gridmap.api import api
from gridmap.edge.schemas import Message
from gridmap.realtime.events import FACTS


class Command(BaseCommand):
    help = "Writes the description of HTTP and sockets as one OpenAPI file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the file to write."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file."""
        options["file"].write_text(json.dumps(wire(), ensure_ascii=False, indent=1, default=str))


def wire() -> dict[str, Any]:
    """Give the HTTP description, and beside its schemas one for each fact and one for all of them."""
    description: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(), default=str))
    schemas = description["components"]["schemas"]
    models: tuple[type[Schema], ...] = (*FACTS.values(), Message)
    for model in models:
        own = model.model_json_schema(ref_template="#/components/schemas/{model}", mode="serialization")
        schemas |= {name: schema for name, schema in own.pop("$defs", {}).items() if name not in schemas}
        schemas[model.__name__] = own
    schemas["Event"] = {"oneOf": [_event(type, fact.__name__) for type, fact in FACTS.items()]}
    return description


def _event(type: str, fact: str) -> dict[str, Any]:
    properties = {
        "type": {"const": "event"},
        "seq": {"type": "integer"},
        "event": {"const": type},
        "at": {"type": "string", "format": "date-time"},
        "data": {"$ref": f"#/components/schemas/{fact}"},
    }
    return {"type": "object", "properties": properties, "required": list(properties)}
