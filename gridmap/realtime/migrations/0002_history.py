"""The log notices that it may be another history than before, and leaves the old numbers behind.

A restored backup goes back to yesterday's numbers and would give them out again: a page that had seen them would take the new
events for ones it has, and a running hub would wait for numbers that come only hours later. PostgreSQL does not say that it was
restored. It is taken to be so whenever the database, the table's file or the server's start is another one than at the last event;
then the numbers go on from the clock's microseconds, beyond any that were ever given out. After a mere restart that costs each
page one reconnect.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION realtime_follow_history() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
    here text := (SELECT oid FROM pg_database WHERE datname = current_database()) || ' '
        || pg_relation_filenode('public.realtime_event') || ' ' || extract(epoch FROM pg_postmaster_start_time());
    before text := (SELECT born FROM public.realtime_history);
BEGIN
    IF before = here THEN
        RETURN;
    END IF;
    IF before IS NULL THEN
        INSERT INTO public.realtime_history (born) VALUES (here);
    ELSE
        UPDATE public.realtime_history SET born = here;
        PERFORM setval('public.realtime_event_seq_seq', greatest((extract(epoch FROM clock_timestamp()) * 1000000)::bigint,
            (SELECT coalesce(max(seq), 0) FROM public.realtime_event)));
    END IF;
END $$
"""


class Migration(migrations.Migration):
    """One row that says which history the numbers belong to."""

    dependencies = [("realtime", "0001_initial")]

    operations = [
        migrations.CreateModel(name="History", fields=[("born", models.CharField(max_length=80, primary_key=True, serialize=False))]),
        migrations.RunSQL(FORWARD, "DROP FUNCTION realtime_follow_history()"),
    ]
