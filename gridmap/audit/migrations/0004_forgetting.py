"""Old entries may go, from the chain's beginning and by retention alone; what goes otherwise is missed by verify_audit.

Whoever owns the database can set this too, as they can take the trigger off: the chain's key lies outside the database,
and without it they make no anchor that holds.
"""

from django.db import migrations

REFUSE = """
CREATE OR REPLACE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND NOT EXISTS (SELECT 1 FROM audit_entry) THEN RETURN NULL; END IF;
    IF TG_OP = 'DELETE' AND current_setting('gridmap.forgetting', true) = 'on' THEN RETURN NULL; END IF;
    RAISE EXCEPTION 'the audit is append-only';
END $$;
REVOKE INSERT, UPDATE, DELETE ON audit_anchor FROM gridmap_staff;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_anchor"), ("people", "0008_second_wall")]
    operations = [migrations.RunSQL(REFUSE, migrations.RunSQL.noop)]
