"""Whether row security binds a role: some rights switch the database's own net off without a word."""

from __future__ import annotations

from collections.abc import Sequence

# Of the role that is named, or of whoever asks. A member of the owner may become the owner.
QUESTION = """
    SELECT rolname::text, rolsuper, rolbypassrls, EXISTS (
        SELECT FROM pg_class WHERE relforcerowsecurity AND pg_has_role(pg_roles.oid, relowner, 'MEMBER')
    )
    FROM pg_roles WHERE rolname = coalesce(nullif(%s, ''), current_user)
"""


def why_unbound(rows: Sequence[tuple[str, bool, bool, bool]]) -> str:
    """Why the role in the answer to QUESTION would see every organisation's rows, in one sentence; empty if it doesn't."""
    for role, superuser, bypasses, owner in rows:
        fault = (
            "is a superuser"
            if superuser
            else "has BYPASSRLS"
            if bypasses
            else "owns the tables, or is a member of the role that does"
            if owner
            else ""
        )
        if fault:
            return (
                f'The role "{role}" in DATABASE_URL {fault}, so the database would not keep organisations apart: '
                "give DATABASE_URL a role of its own, without these rights, and let only DATABASE_OWNER_URL name the owner."
            )
    return ""
