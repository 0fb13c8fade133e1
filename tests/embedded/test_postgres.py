"""The bundled PostgreSQL: data survives, predecessors and half-made folders don't matter, roles are what they should be."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg2
import pytest

from mentoring.embedded import EmbeddedError, EmbeddedPostgres, _outside, prepare, provision
from mentoring.embedded.processes import Account, account_for, started_at, write_private
from mentoring.embedded.provisioning import APP, OWNER, require_supported, with_database, with_login


def query(url: str, statement: str) -> list[tuple]:
    connection = psycopg2.connect(url)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with EmbeddedPostgres(tmp_path_factory.mktemp("postgres"), durable=False) as running:
        yield running


def test_the_app_role_is_nobody_special(server):
    rights = query(
        server.url(),
        "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls FROM pg_roles "
        "WHERE rolname LIKE 'mentoring%' ORDER BY 1",
    )

    assert rights == [
        ("mentoring_app", False, False, False, False, False),
        ("mentoring_owner", False, True, False, False, True),
    ]
    assert query(server.url(), "SELECT current_user::text") == [("mentoring_app",)]
    owner = query(server.url(), "SELECT pg_get_userbyid(datdba)::text FROM pg_database WHERE datname = 'mentoring'")
    assert owner == [("mentoring_owner",)]
    assert query(server.url(), "SELECT pg_has_role('mentoring_app', 'mentoring_owner', 'MEMBER')") == [(False,)]


def test_the_app_role_may_write_rows_but_make_no_table(server):
    query(server.url(role=OWNER), "CREATE TABLE note (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text citext)")

    query(server.url(), "INSERT INTO note (text) VALUES ('Straße')")

    assert query(server.url(), "SELECT id, text FROM note") == [(1, "Straße")]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(server.url(), "CREATE TABLE other (id int)")
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(server.url(), "TRUNCATE note")


def test_a_new_database_of_the_owner_is_ready_for_the_app_role(server):
    query(server.url(role=OWNER), "CREATE DATABASE born_later")
    query(server.url("born_later", OWNER), "CREATE TABLE note (text citext)")

    query(server.url("born_later"), "INSERT INTO note VALUES ('here')")

    assert query(server.url("born_later"), "SELECT text FROM note WHERE text = 'HERE'") == [("here",)]


def test_a_wrong_password_is_refused_and_the_right_ones_are_private(server):
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        query(with_login(server.url(), APP, "guess"), "SELECT 1")

    assert (server.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    assert server.folder.stat().st_mode & 0o777 == 0o700


def test_the_server_runs_without_roots_rights(server):
    pid = int((server.cluster / "postmaster.pid").read_text().splitlines()[0])
    if not Path("/proc").exists():
        assert os.geteuid() != 0
        return

    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )

    # At most the right to pass through closed folders, which setpriv leaves it where unshare is not to be had.
    assert status["CapEff"].lstrip("0") in ("", "4", "2")


def test_a_second_launcher_is_refused(server):
    with pytest.raises(EmbeddedError, match="Another process already uses the database"):
        EmbeddedPostgres(server.folder, durable=False).start()

    assert query(server.url(), "SELECT 1") == [(1,)]


def test_provisioning_an_outside_server_twice_gives_the_same_addresses(server):
    admin_url = server.url("elsewhere", "postgres")

    first = provision(admin_url)
    query(first[0], "CREATE TABLE fact (n int)")
    query(first[0], "INSERT INTO fact VALUES (7)")
    second = provision(admin_url)

    assert first == second
    assert query(second[1], "SELECT n, current_user::text, current_database()::text FROM fact") == [
        (7, "mentoring_app", "elsewhere")
    ]
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        query(second[1], "CREATE TABLE other (id int)")
    # The fixture's own addresses shall go on working.
    provision(server.url(role="postgres"), owner_password=server.passwords[OWNER], app_password=server.passwords[APP])
    assert query(server.url(), "SELECT 1") == [(1,)]


def test_provisioning_with_a_login_that_may_create_roles(tmp_path_factory):
    with EmbeddedPostgres(tmp_path_factory.mktemp("fresh"), durable=False) as server:
        superuser = server.url("postgres", "postgres")
        query(superuser, "DROP DATABASE mentoring")
        for template in ("template1", "postgres"):
            query(server.url(template, "postgres"), f"DROP OWNED BY {OWNER}")
            query(server.url(template, "postgres"), f"DROP OWNED BY {APP}")
        query(superuser, f"DROP ROLE {OWNER}, {APP}")
        query(superuser, "CREATE ROLE manager LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD 'm'")
        query(superuser, "CREATE ROLE guest LOGIN PASSWORD 'g'")

        with pytest.raises(EmbeddedError, match=r'The login "guest" may not create the roles .* ALTER ROLE "guest"'):
            provision(with_login(superuser, "guest", "g"))
        manager = with_login(superuser, "manager", "m")
        first = provision(manager)

        assert provision(manager) == first
        assert query(first[1], "SELECT current_user::text, current_database()::text") == [
            ("mentoring_app", "mentoring")
        ]


def test_preparing_a_database_is_the_owners_own_business(server):
    query(server.url(role=OWNER), "CREATE DATABASE bare TEMPLATE template0")

    prepare(server.url("bare", OWNER))

    extensions = query(server.url("bare"), "SELECT extname::text FROM pg_extension ORDER BY 1")
    assert extensions == [("btree_gist",), ("citext",), ("plpgsql",)]


@pytest.mark.parametrize(
    ("rights", "fault"),
    [
        ("SUPERUSER", 'The role "rogue" in DATABASE_URL is a superuser, so the database would not keep organisations'),
        ("BYPASSRLS", 'The role "rogue" in DATABASE_URL has BYPASSRLS, so'),
        ("IN ROLE mentoring_owner", 'The role "rogue" in DATABASE_URL owns the tables, or is a member of the role'),
    ],
)
def test_a_role_that_row_security_does_not_bind_is_refused(server, monkeypatch, rights, fault):
    query(server.url(role=OWNER), "CREATE TABLE IF NOT EXISTS guarded (n int)")
    query(server.url(role=OWNER), "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
    query(server.url(role="postgres"), f"CREATE ROLE rogue LOGIN PASSWORD 'r' {rights}")
    monkeypatch.setenv("DATABASE_OWNER_URL", server.url(role=OWNER))
    try:
        with pytest.raises(EmbeddedError, match=f"^{fault}"):
            _outside(with_login(server.url(), "rogue", "r"))
    finally:
        query(server.url(role="postgres"), "DROP ROLE rogue")


def test_the_owner_alone_is_refused_even_before_it_owns_a_table(server, monkeypatch):
    query(server.url(role="postgres"), "CREATE ROLE single LOGIN PASSWORD 's'")
    both = with_login(server.url(), "single", "s")
    monkeypatch.setenv("DATABASE_OWNER_URL", both)

    with pytest.raises(EmbeddedError, match=r'^DATABASE_URL and DATABASE_OWNER_URL name the same role, "single"'):
        _outside(both)


def test_the_two_roles_are_taken_as_they_are(server, monkeypatch):
    monkeypatch.setenv("DATABASE_OWNER_URL", server.url(role=OWNER))

    assert _outside(server.url()) == (server.url(role=OWNER), server.url())


def test_an_old_server_is_refused_in_one_sentence():
    with pytest.raises(EmbeddedError, match=r"^The database server is PostgreSQL 14; 15 or later is needed.$"):
        require_supported(140_012)
    require_supported(150_000)


def test_an_absent_server_is_one_sentence(tmp_path):
    with pytest.raises(EmbeddedError, match=r"^The database server cannot be used: .*No such file"):
        provision(f"postgres://admin:x@/postgres?host={tmp_path}")


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("foo", "The address of the database is not one of PostgreSQL: "),
        ("mysql://admin:hidden@db.example/mentoring", "The address of the database is not one of PostgreSQL: "),
        ("postgres://admin:hid[den@db.example/mentoring", "The address of the database is not one of PostgreSQL: "),
        ("postgres://db.example:no-port/mentoring", "The database server cannot be used: invalid integer value"),
    ],
)
@pytest.mark.parametrize("given_too", [True, False])
def test_an_address_of_no_such_server_is_one_sentence(monkeypatch, address, said, given_too):
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    if given_too:
        monkeypatch.setenv("DATABASE_OWNER_URL", address)

    with pytest.raises(EmbeddedError, match=f"^{said}") as error:
        _outside(address)

    assert "\n" not in str(error.value)
    assert "hid" not in str(error.value)


def test_addresses_keep_their_options():
    url = "postgresql://admin:secret@db.example:5433/postgres?sslmode=require&password=x"

    assert with_login(with_database(url, "mentoring"), "mentoring_app", "p/w") == (
        "postgresql://mentoring_app:p%2Fw@db.example:5433/mentoring?sslmode=require"
    )


def test_data_survives_a_restart_and_a_kill(tmp_path):
    with EmbeddedPostgres(tmp_path / "data") as first:
        query(first.url(role=OWNER), "CREATE TABLE kept (n int)")
        query(first.url(), "INSERT INTO kept VALUES (1)")
        pid = first.process.pid
    assert started_at(pid) is None

    with EmbeddedPostgres(tmp_path / "data") as second:
        query(second.url(), "INSERT INTO kept VALUES (2)")
        # As after a power cut: the lock is free, the server is gone, its files say otherwise.
        os.kill(second.process.pid, signal.SIGKILL)
        second.process.wait()
        second.lock.release()

        with EmbeddedPostgres(tmp_path / "data") as third:
            assert query(third.url(), "SELECT n FROM kept ORDER BY n") == [(1,), (2,)]


def test_a_dead_server_comes_back_at_the_same_address(tmp_path):
    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        assert server.revive() is False
        url = server.url()
        os.kill(server.process.pid, signal.SIGKILL)
        server.process.wait()

        assert server.revive() is True
        assert query(url, "SELECT 1") == [(1,)]


def test_a_server_left_running_is_stopped_first(tmp_path):
    left = EmbeddedPostgres(tmp_path / "data", durable=False)
    left.start()
    try:
        left.lock.release()
        with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
            left.process.wait(timeout=5)
            assert query(server.url(), "SELECT 1") == [(1,)]
    finally:
        left.stop()


def test_a_number_that_belongs_to_another_program_does_not_stop_the_start(tmp_path):
    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        pass
    innocent = subprocess.Popen(["sleep", "60"])
    try:
        (server.cluster / "postmaster.pid").write_text(f"{innocent.pid}\n{server.cluster}\n0\n5432\n\n\n\n")
        write_private(server.pid_file, f'{{"pid": {innocent.pid}, "started_at": "long ago"}}')

        with EmbeddedPostgres(tmp_path / "data", durable=False) as again:
            assert query(again.url(), "SELECT 1") == [(1,)]
        assert innocent.poll() is None
    finally:
        innocent.kill()
        innocent.wait()


def test_half_made_folders_are_made_again(tmp_path):
    folder = tmp_path / "data"
    (folder / "making-interrupted" / "cluster" / "base").mkdir(parents=True)
    (folder / "cluster" / "base").mkdir(parents=True)
    (folder / "cluster" / "PG_VERSION").write_text("18\n")

    with EmbeddedPostgres(folder, durable=False) as server:
        assert query(server.url(), "SELECT 1") == [(1,)]

    assert not (folder / "making-interrupted").exists()
    assert len(list(folder.glob("unusable-*"))) == 1


@pytest.fixture
def stopped(tmp_path):
    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        pass
    return server


def test_data_of_another_version_is_one_sentence(stopped):
    (stopped.cluster / "PG_VERSION").write_text("17\n")

    with pytest.raises(EmbeddedError, match="was written by PostgreSQL 17, and this version brings 18"):
        EmbeddedPostgres(stopped.folder, durable=False).start()


def test_lost_passwords_are_one_sentence(stopped):
    (stopped.folder / "passwords.json").unlink()

    with pytest.raises(EmbeddedError, match=r"The passwords of the database in .* are missing"):
        EmbeddedPostgres(stopped.folder, durable=False).start()


def test_a_server_that_gives_up_says_why_in_one_sentence(stopped):
    (stopped.cluster / "postgresql.auto.conf").write_text("shared_buffers = 'plenty'\n")

    with pytest.raises(EmbeddedError, match=r"^PostgreSQL did not start: .*(shared_buffers|errors)"):
        EmbeddedPostgres(stopped.folder, durable=False).start()


def test_a_deep_folder_gets_a_short_socket(tmp_path):
    deep = tmp_path / ("deep" * 20) / "with a space"

    with EmbeddedPostgres(deep, durable=False) as server:
        assert query(server.url(), "SELECT 1") == [(1,)]
        assert len(str(server.socket_folder)) < 60
        short = server.socket_folder

    assert not short.exists()


def test_a_full_disk_is_one_sentence(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small disk")
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=20m", "none", disk], check=False).returncode != 0:
        pytest.skip("this machine does not let root mount a small disk")
    try:
        with pytest.raises(EmbeddedError, match=r"^The disk that holds .* is full: 20 MB are free"):
            EmbeddedPostgres(disk / "data").start()
    finally:
        subprocess.run(["umount", disk], check=True)


def test_without_unshare_root_still_drops_its_rights(tmp_path, monkeypatch):
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        pytest.skip("only root has rights to drop, and only Linux has setpriv")
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("setpriv", "sh"):
        (tools / name).symlink_to(shutil.which(name))
    monkeypatch.setenv("PATH", str(tools))

    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        assert server.account.uid == 65534
        assert query(server.url(), "SELECT 1") == [(1,)]
        assert Path(f"/proc/{server.process.pid}").stat().st_uid == 65534
    monkeypatch.undo()

    with EmbeddedPostgres(tmp_path / "data", durable=False) as server:
        assert server.account.uid in (0, 65534)
        assert query(server.url(), "SELECT 1") == [(1,)]


def test_without_any_tool_root_is_told_what_to_do(tmp_path, monkeypatch):
    if os.geteuid() != 0:
        assert account_for(tmp_path, Path("/bin/true")) == Account((), os.geteuid())
        return
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(EmbeddedError, match="run this as an ordinary user, or set DATABASE_URL"):
        account_for(tmp_path, Path("/bin/true"))
