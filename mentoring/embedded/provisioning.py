"""The two roles that the platform logs in as, and the database that they share."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from typing import Any, Self
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from .binding import QUESTION, why_unbound
from .errors import EmbeddedError

OWNER = "mentoring_owner"
APP = "mentoring_app"
DATABASE = "mentoring"
OLDEST_VERSION = 15
EXTENSIONS = ("btree_gist", "citext")
NOT_POSTGRES = (
    "The address of the database is not one of PostgreSQL: it looks like postgresql://name:password@host/mentoring, "
    "with signs such as / @ : [ in a password written as %2F, %40, %3A and %5B."
)
# The owner migrates and takes backups, so row security must not bind it. The app role has nothing that bypasses it.
OWNER_RIGHTS = "LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS"
APP_RIGHTS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def provision(admin_url: str, *, owner_password: str | None = None, app_password: str | None = None) -> tuple[str, str]:
    """Make the roles and the database on a server of one's own, as often as you like: (owner's URL, app's URL).

    Without passwords they are derived from the administrator's, so that every machine arrives at the same ones.
    """
    name = urlsplit(admin_url).path.lstrip("/")
    database = unquote(name) if name not in ("", "postgres", "template0", "template1") else DATABASE
    secret = unquote(urlsplit(admin_url).password or "")
    passwords = {
        OWNER: owner_password or _derived(secret, OWNER),
        APP: app_password or _derived(secret, APP),
    }
    with _Session(with_database(admin_url, "postgres")) as admin:
        require_supported(admin.version)
        try:
            _make_roles(admin, passwords)
            _make_database(admin, database)
        except _lacking_rights() as error:
            raise EmbeddedError(_how_to_permit(admin.user, str(error))) from error
    owner_url = with_login(with_database(admin_url, database), OWNER, passwords[OWNER])
    prepare(owner_url)
    return owner_url, with_login(owner_url, APP, passwords[APP])


def provision_embedded(postgres_url: str, template_url: str, url: str, passwords: dict[str, str]) -> None:
    """The same on the bundled server; its template too, so that a test database is born with the app role's rights."""
    with _Session(postgres_url) as admin:
        _make_roles(admin, passwords)
    with _Session(template_url) as template:
        _prepare(template)
    with _Session(postgres_url) as admin:
        _make_database(admin, DATABASE)
    with _Session(url) as database:
        _prepare(database)


def prepare(owner_url: str) -> None:
    """Give a database its extensions, and the app role its rights on what the owner will create there."""
    with _Session(owner_url) as database:
        require_supported(database.version)
        try:
            _prepare(database)
        except _lacking_rights() as error:
            raise EmbeddedError(
                f"The role {OWNER} may not prepare the database: {_first_line(error)}. Run as an administrator: "
                + " ".join(f"CREATE EXTENSION IF NOT EXISTS {extension};" for extension in EXTENSIONS)
            ) from error


def require_supported(version: int) -> None:
    """Refuse a server that is too old; `version` as PostgreSQL counts it, such as 150004."""
    if version < OLDEST_VERSION * 10_000:
        raise EmbeddedError(
            f"The database server is PostgreSQL {version // 10_000}; {OLDEST_VERSION} or later is needed."
        )


def require_server(url: str) -> str:
    """Refuse a server that cannot be reached or is too old; the role that it knows us by."""
    with _Session(url) as session:
        require_supported(session.version)
        return session.user


def require_bound(app_url: str, *, owner: str) -> None:
    """Refuse a role for web and workers that row security does not bind."""
    with _Session(app_url) as session:
        said = why_unbound(session.rows(QUESTION, session.user))
        if not said and session.user == owner:
            # Before the first start it owns no table yet.
            said = (
                f'DATABASE_URL and DATABASE_OWNER_URL name the same role, "{owner}": two are needed, because the '
                "database would not keep organisations apart for the owner of its tables."
            )
        if said:
            raise EmbeddedError(said)


def with_database(url: str, database: str) -> str:
    """The same server and login, another database."""
    return urlunsplit(urlsplit(url)._replace(path="/" + quote(database)))


def with_login(url: str, role: str, password: str) -> str:
    """The same server and database, another login."""
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    options = [(name, value) for name, value in parse_qsl(parts.query) if name not in ("user", "password")]
    login = f"{quote(role, safe='')}:{quote(password, safe='')}@"
    return urlunsplit(parts._replace(netloc=login + place, query=urlencode(options, quote_via=quote, safe="/")))


def _derived(secret: str, role: str) -> str:
    if not secret:
        # The server trusts its administrator without a password; then nobody needs to know this one for long.
        return secrets.token_urlsafe(24)
    digest = hmac.new(secret.encode(), f"mentoring:{role}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _make_roles(admin: _Session, passwords: dict[str, str]) -> None:
    # Two machines that start together would both find a role missing.
    admin.run("SELECT pg_advisory_lock(hashtext('mentoring provisioning'))")
    rights = {OWNER: OWNER_RIGHTS, APP: APP_RIGHTS}
    wanted = {OWNER: (True, False, True, False, True), APP: (True, False, False, False, False)}
    for role in (OWNER, APP):
        found = admin.rows(
            "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls FROM pg_roles WHERE rolname = %s",
            role,
        )
        if not found:
            admin.run(f"CREATE ROLE {role} {rights[role]} PASSWORD %s", passwords[role])
            continue
        admin.run(f"ALTER ROLE {role} PASSWORD %s", passwords[role])
        if tuple(found[0]) != wanted[role]:
            admin.run(f"ALTER ROLE {role} {rights[role]}")


def _make_database(admin: _Session, database: str) -> None:
    quoted = '"' + database.replace('"', '""') + '"'
    owner = admin.rows(
        "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s",
        database,
    )
    if owner != [(OWNER,)]:
        # To hand something to a role one must be a member of it; a superuser is one anyway.
        superuser, member = admin.rows(
            "SELECT rolsuper, pg_has_role(current_user, %s, %s) FROM pg_roles WHERE rolname = current_user",
            OWNER,
            "SET" if admin.version >= 160_000 else "MEMBER",
        )[0]
        if not superuser and not member:
            admin.run(f"GRANT {OWNER} TO CURRENT_USER")
        admin.run(f"ALTER DATABASE {quoted} OWNER TO {OWNER}" if owner else f"CREATE DATABASE {quoted} OWNER {OWNER}")
    admin.run(f"GRANT CONNECT ON DATABASE {quoted} TO {APP}")


def _prepare(database: _Session) -> None:
    present = {name for (name,) in database.rows("SELECT extname FROM pg_extension")}
    for extension in EXTENSIONS:
        if extension not in present:
            database.run(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    # Not to PUBLIC: only these two have business here. Creating tables is the owner's alone (the default since 15).
    database.run(f"GRANT USAGE ON SCHEMA public TO {APP}")
    given = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT"
    database.run(f"{given} SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}")
    database.run(f"{given} USAGE, SELECT ON SEQUENCES TO {APP}")


def _lacking_rights() -> Any:
    from psycopg2.errors import InsufficientPrivilege

    return InsufficientPrivilege


def _how_to_permit(user: str, said: str) -> str:
    return (
        f'The login "{user}" may not create the roles and the database ({said.splitlines()[0]}): put a superuser into '
        f'DATABASE_URL, or run once as one: ALTER ROLE "{user}" CREATEROLE CREATEDB BYPASSRLS; '
        "(PostgreSQL 16 or later), or set DATABASE_OWNER_URL and DATABASE_URL to roles that are made already."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]


class _Session:
    """One connection, every statement on its own; failing to connect is one sentence."""

    def __init__(self, url: str) -> None:
        self.url = url

    def __enter__(self) -> Self:
        # The only thing here beside the standard library; the rest of this package starts without it.
        import psycopg2

        scheme, _, rest = self.url.partition("://")
        if scheme not in ("postgresql", "postgres", "pgsql", "psql"):
            # The address itself may hold a password.
            raise EmbeddedError(NOT_POSTGRES)
        try:
            self.connection = psycopg2.connect(f"postgresql://{rest}", connect_timeout=10)
        except psycopg2.Error as error:
            raise EmbeddedError(f"The database server cannot be used: {_first_line(error)}") from error
        self.connection.autocommit = True
        self.version = self.connection.server_version
        self.user = self.connection.info.user
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def run(self, statement: str, *values: str) -> None:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)

    def rows(self, statement: str, *values: str) -> list[Any]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())


def main() -> None:
    """For deployment: provision the server of DATABASE_ADMIN_URL with the passwords of the other two addresses."""
    try:
        app, owner = urlsplit(os.environ["DATABASE_URL"]), urlsplit(os.environ["DATABASE_OWNER_URL"])
        provision(
            os.environ["DATABASE_ADMIN_URL"],
            owner_password=unquote(owner.password or "") or None,
            app_password=unquote(app.password or "") or None,
        )
    except KeyError as missing:
        raise SystemExit(f"The environment variable {missing.args[0]} is not set.") from missing
    except EmbeddedError as error:
        raise SystemExit(str(error)) from error


if __name__ == "__main__":
    main()
