import os
from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import Error, Tags, register
from django.db.models.signals import post_migrate

from mentoring.embedded.binding import QUESTION, why_unbound


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


def check_app_role(*, databases: Sequence[str] | None = None, **kwargs: Any) -> list[Error]:
    """Refuse a role of web and workers that row security doesn't bind; asked as that role or as the owner."""
    from django.db import connections

    as_owner = os.environ.get("DATABASE_AS") == "owner"
    if "default" not in (databases or []) or (as_owner and not settings.DATABASE_APP_ROLE):
        return []
    with connections["default"].cursor() as cursor:
        cursor.execute(QUESTION, [settings.DATABASE_APP_ROLE])
        said = why_unbound(cursor.fetchall())
    return [Error(said, id="tenancy.E001")] if said else []


class TenancyConfig(AppConfig):
    name = "mentoring.tenancy"

    def ready(self) -> None:
        register(check_app_role, Tags.database)
        if os.environ.get("DATABASE_AS") == "owner":
            from .statistics import give_first_statistics, keep_statistics_fresh

            post_migrate.connect(grant_to_app_role, sender=self)
            post_migrate.connect(give_first_statistics, sender=self)
            post_migrate.connect(keep_statistics_fresh, sender=self)
