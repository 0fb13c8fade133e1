import os
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.db.models.signals import post_migrate


def grant_to_app_role(using: str, **kwargs: Any) -> None:
    """Let the role of web and workers use what the owner has just made; it may read and write rows, no more."""
    from django.db import connections

    connection: Any = connections[using]
    role = settings.DATABASE_APP_ROLE
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone() == (role,):
            return
        name = connection.ops.quote_name(role)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {name}")
        cursor.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}")
        cursor.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}")


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


def give_first_statistics(using: str, **kwargs: Any) -> None:
    """Tell the planner that in a table which nobody has analysed yet all rows may belong to one organisation.

    Otherwise it takes each organisation's share for half a per cent, which is next to nothing, and joins row by row: a
    board of a fresh installation took seconds. From PostgreSQL 18 on; before, it is slow until autovacuum comes round.
    """
    from django.db import connections

    connection: Any = connections[using]
    if connection.vendor == "postgresql" and connection.pg_version >= 180000:
        with connection.cursor() as cursor:
            cursor.execute(FIRST_STATISTICS)


class TenancyConfig(AppConfig):
    name = "mentoring.tenancy"

    def ready(self) -> None:
        if os.environ.get("DATABASE_AS") == "owner":
            post_migrate.connect(grant_to_app_role, sender=self)
            post_migrate.connect(give_first_statistics, sender=self)
