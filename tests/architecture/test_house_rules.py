"""The rules of the house, held by tests: imports go down, only actions publish, rooms stay small, one door for each thing."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db.backends.postgresql.psycopg_any import is_psycopg3

ROOT = Path(__file__).parents[2]
PYTHON = sorted((ROOT / "gridmap").rglob("*.py")) + sorted((ROOT / "geodata").rglob("*.py"))
SOURCES = sorted(path for path in (ROOT / "frontend" / "src").rglob("*.ts*") if "wire.gen" not in path.name and ".test." not in path.name)
CEILING = 400


def matches(files: list[Path], pattern: str) -> list[str]:
    """Give where a pattern stands, as path:line."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(pattern, line) and not line.lstrip().startswith(("//", "#", "*"))
    ]


def test_psycopg2_is_the_driver() -> None:
    assert is_psycopg3 is False


def test_imports_go_down_only() -> None:
    done = subprocess.run([str(Path(sys.executable).parent / "lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_only_actions_publish() -> None:
    """ledger, sending, connections and joins are the clock's and the phones' actions, connect, assign, duty, presence and days are actions of people, contacts and records of the register, committing of imports, trials of broadcasts; log is publish itself."""
    allowed = {"actions.py", "ledger.py", "sending.py", "connections.py", "joins.py", "connect.py", "assign.py", "duty.py", "alarms.py", "presence.py", "days.py", "contacts.py", "records.py", "committing.py", "accounts.py", "trials.py", "log.py"}
    found = [place for place in matches(PYTHON, r"\bpublish\(") if Path(place.split(":")[0]).name not in allowed]
    assert found == []


def test_no_file_is_over_the_ceiling() -> None:
    tests = sorted((ROOT / "tests").rglob("*.py"))
    assert [str(path) for path in [*PYTHON, *SOURCES, *tests] if len(path.read_text().splitlines()) > CEILING] == []


def test_geodata_stands_alone() -> None:
    assert matches(sorted((ROOT / "geodata").rglob("*.py")), r"\b(import|from) (django|gridmap)") == []


def test_there_are_no_signals_utils_or_services() -> None:
    assert [path.name for path in PYTHON if path.stem in ("utils", "helpers", "services", "signals")] == []
    assert matches(PYTHON, r"django\.dispatch|post_save|pre_save") == []


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"\bfetch\(", {"api.ts"}), (r"new WebSocket\(", {"socket.ts"}), (r": any\b|as any\b|<any>", set()), (r"innerHTML|insertAdjacentHTML|dangerouslySetInnerHTML", set()),
        (r"@ts-ignore|@ts-expect-error", set()), (r"https?://(?!www\.w3\.org)", set()), (r"\beval\(|new Function", set()),
    ],
)  # fmt: skip
def test_each_thing_has_its_one_door(pattern: str, allowed: set[str]) -> None:
    assert [place for place in matches(SOURCES, pattern) if Path(place.split(":")[0]).name not in allowed] == []


def test_maplibre_is_only_in_map_and_layer_files() -> None:
    found = matches(SOURCES, r"from \"(maplibre-gl|terra-draw)")
    assert [place for place in found if "/map/" not in place and "layer" not in place] == []


def test_the_danger_colours_stand_in_one_file() -> None:
    files = sorted((ROOT / "frontend" / "src").rglob("*.css")) + SOURCES
    found = matches(files, r"(?i)#e5484d|#f76b15|#ffc53d|#3e63dd")
    assert {place.split(":")[0] for place in found} == {"frontend/src/ui/tokens.css"}


NAMES = r"组|隆回县(防汛抗旱指挥部|公安局)?|门|、|Noto Sans CJK SC"


def test_no_page_holds_text_outside_the_dictionaries() -> None:
    """Chinese in a component would stay Chinese when the reader asks for English; names and 3组 are names everywhere."""
    left = []
    for path in SOURCES:
        if "words" in path.parts or path.name in ("time.ts", "map.ts"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if re.search(r"[\u4e00-\u9fff]", re.sub(NAMES, "", line.split("//")[0])):
                left.append(f"{path.name}:{number}")
    assert left == []


def test_every_word_is_said_somewhere() -> None:
    """Seals, ticker lines and rows of imports are named by the kind, fact or state that they are for, states and kinds by the wire."""
    words = (ROOT / "frontend" / "src" / "words" / "zh.ts").read_text(encoding="utf-8")
    wire = ROOT / "frontend" / "src" / "wire.gen.ts"
    said = "\n".join(path.read_text(encoding="utf-8") for path in [*SOURCES, wire] if "words" not in path.parts)
    keys = re.findall(r'(?<![\w"])(\w+): "', words)
    assert len(keys) > 150
    assert [key for key in keys if not key.startswith(("seal_", "ticker_", "row_", "review_", "category_", "note_")) and not re.search(rf"\b{key}\b", said)] == []
