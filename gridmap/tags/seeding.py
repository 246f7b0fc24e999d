"""Made-up labels for the demo's made-up people, drawn from their ids, so that one seed gives the same ones."""

from django.db import connection

from gridmap.tags.labels import label_of
from gridmap.tags.models import Tag

# Code, whom it may be, and of 256 such people how many; each reads another byte of the id.
SHARES = (
    ("lives-alone", "r.birth_year < 1961", 34), ("cannot-walk", "r.birth_year < 1951", 26), ("walks-with-help", "r.birth_year < 1956", 38),
    ("deaf", "r.birth_year < 1966", 6), ("needs-oxygen", "r.birth_year < 1961", 3), ("left-behind-child", "r.birth_year > 2012", 60),
    ("school-bus-driver", "r.birth_year BETWEEN 1970 AND 1995", 1), ("has-boat", "r.birth_year BETWEEN 1960 AND 1998", 2),
    ("shop-keeper", "r.birth_year BETWEEN 1960 AND 2000", 3), ("below-slope", "true", 9),
)  # fmt: skip
LABEL = """
INSERT INTO tags_tagging (id, resident_id, label, no, household, connected, away, since, until)
SELECT md5(r.id::text || %(code)s)::uuid, r.id, %(label)s, r.no, r.household_id, r.connected, r.presence = 'away',
       DATE '2026-06-01', DATE '2028-06-01'
FROM people_resident r WHERE {whom} AND get_byte(uuid_send(r.id), %(byte)s) < %(share)s
"""


def label_everybody() -> None:
    """Put the demo's labels on its people, with the triggers out of the way, and count them once."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for byte, (code, whom, share) in enumerate(SHARES):
            label = label_of(Tag.objects.get(pk=code))
            cursor.execute(LABEL.format(whom=whom), {"code": code, "label": label, "byte": byte if byte < 6 else byte + 3, "share": share})
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("SELECT tags_count_groups(ARRAY(SELECT DISTINCT no FROM tags_tagging))")
