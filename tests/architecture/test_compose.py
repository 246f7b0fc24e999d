"""What .env.example offers reaches the containers: an SMS gateway that was set and never used would be found out on the worst day."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_setting_of_the_example_is_handed_to_the_containers() -> None:
    offered = set(re.findall(r"GRIDMAP_[A-Z_]+(?==)", (ROOT / ".env.example").read_text(encoding="utf-8")))
    handed = set(re.findall(r"^    (GRIDMAP_[A-Z_]+):", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"GRIDMAP_SMS_URL", "GRIDMAP_DEMO"} <= offered
    assert offered - {"GRIDMAP_DATABASE_FOLDER"} <= handed  # the containers have a database of their own
