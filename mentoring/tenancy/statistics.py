"""What the planner knows of each organisation's share of a table, kept true while organisations come and grow.

All organisations share their tables. To a planner whose statistics are older than an organisation's rows it has none:
it expects one row of each table, joins everything with everything, and a list of a few hundred people takes minutes.
Autovacuum as it comes looks at a table again only when a tenth of all rows have changed, which a new organisation among
large ones never brings about. So three things are done, none of which needs a superuser:

- a table that nobody has analysed yet is said to be full of one organisation (PostgreSQL 18 or later),
- autovacuum looks at every organisation's table after a hundred changes, however large it is,
- work that writes in bulk has what it changed analysed as soon as it has committed: `analyse_changed`.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction

logger = logging.getLogger(__name__)

# So many changed rows are worth a look: this many squared, or cubed, are still joined in no time.
FEWEST_CHANGES = 50
AUTOVACUUM_AFTER = 100
# Many organisations' nightly work ends at about the same time; what they write meanwhile autovacuum finds.
PAUSE = timedelta(seconds=10)

# What ANALYZE finds out later about any table that one organisation fills.
FIRST_STATISTICS = """
    SELECT pg_restore_attribute_stats(
        'schemaname', n.nspname::text, 'relname', c.relname::text, 'attname', a.attname::text, 'inherited', false,
        'null_frac', 0::real, 'avg_width', 8, 'n_distinct', 1::real
    )
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND c.relrowsecurity AND c.reltuples < 0
        AND a.attname = 'organisation_id'
"""

# Only the owner may analyse a table (or, from PostgreSQL 17 on, who may also lock and rewrite it): it lends just this.
# A table that somebody else works on, such as autovacuum or a migration, is left to them.
ANALYSE_CHANGED = f"""
    CREATE OR REPLACE FUNCTION public.analyse_changed(pause interval) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        name text;
        count integer := 0;
    BEGIN
        FOR name IN
            SELECT c.relname FROM pg_stat_all_tables s JOIN pg_class c ON c.oid = s.relid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
                AND s.n_mod_since_analyze >= {FEWEST_CHANGES}
                AND greatest(s.last_analyze, s.last_autoanalyze, '-infinity') < clock_timestamp() - pause
        LOOP
            EXECUTE format('ANALYZE (SKIP_LOCKED) public.%I', name);
            count := count + 1;
        END LOOP;
        RETURN count;
    END $$
"""  # noqa: S608  (constants of ours)

# Not where an administrator has decided otherwise.
UNTOUCHED_TABLES = """
    SELECT c.relname FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relrowsecurity
        AND NOT EXISTS (SELECT FROM unnest(c.reloptions) AS o WHERE o LIKE 'autovacuum_analyze%%')
"""


def analyse_changed() -> int:
    """Have the tables analysed of which enough has changed, unless that was done just now. Returns how many were.

    Call it after the commit and outside a transaction: what others have committed meanwhile is seen as well.
    """
    if not settings.ANALYSE_CHANGED:
        return 0
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # The server counts changes once a second at most; ours would be missing.
            cursor.execute("SELECT pg_stat_force_next_flush()")
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.analyse_changed(make_interval(secs => %s))", [PAUSE.total_seconds()])
            return int(cursor.fetchone()[0])
    except DatabaseError:
        # What was to be done is done and committed; the next to come, or autovacuum, makes up for it.
        logger.warning("the tables that have changed could not be analysed", exc_info=True)
        return 0


def give_first_statistics(using: str, **kwargs: Any) -> None:
    """Tell the planner that in a table which nobody has analysed yet all rows may belong to one organisation.

    Otherwise it takes each organisation's share for half a per cent, which is next to nothing, and joins row by row: a
    board of a fresh installation took seconds. From PostgreSQL 18 on; before, it is slow until autovacuum comes round.
    """
    from django.db import connections

    owner: Any = connections[using]
    if owner.vendor == "postgresql" and owner.pg_version >= 180000:
        with owner.cursor() as cursor:
            cursor.execute(FIRST_STATISTICS)


def keep_statistics_fresh(using: str, **kwargs: Any) -> None:
    """Have autovacuum analyse organisations' tables early, and let web and workers ask for it after bulk work."""
    from django.db import connections

    owner: Any = connections[using]
    with owner.cursor() as cursor:
        cursor.execute(ANALYSE_CHANGED)
        cursor.execute("REVOKE ALL ON FUNCTION public.analyse_changed(interval) FROM PUBLIC")
        if settings.DATABASE_APP_ROLE:
            role = owner.ops.quote_name(settings.DATABASE_APP_ROLE)
            cursor.execute(f"GRANT EXECUTE ON FUNCTION public.analyse_changed(interval) TO {role}")
        cursor.execute(UNTOUCHED_TABLES)
        for (table,) in cursor.fetchall():
            cursor.execute(
                f"ALTER TABLE {owner.ops.quote_name(table)} SET "
                f"(autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = {AUTOVACUUM_AFTER})"
            )
