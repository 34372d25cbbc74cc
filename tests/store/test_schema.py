"""The tables are what the migrations make, and tables that are not are refused with a sentence."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, NullPool, create_engine, inspect

from headwater import SchemaError, Store
from headwater.store import migrations
from headwater.store.engine import open_engine, parse
from headwater.store.schema import VERSION, VERSION_TABLE, Kind
from headwater.store.setup import upgrade
from headwater.store.tables import metadata
from tests.conformance import buildbot_tables
from tests.conformance.rows import Row, run, run_all
from tests.store.kinds import only
from tests.store.migrating import migrate

DEFINITIONS = {
    # A column that is added later stands on the line of the one before it.
    "sqlite": [
        """
        SELECT name, replace(replace(replace(sql, char(10), ''), char(9), ''), ' ', '')
        FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name
        """
    ],
    "postgresql": [
        """SELECT table_name, column_name, ordinal_position, data_type, character_maximum_length, is_nullable,
                  column_default, is_generated, generation_expression
           FROM information_schema.columns WHERE table_schema = 'public' ORDER BY 1, 2""",
        "SELECT tablename, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2",
        """SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
           WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2""",
        "SELECT sequencename, data_type::text, increment_by, cache_size, cycle FROM pg_sequences ORDER BY 1",
    ],
    "mysql": [f"SHOW CREATE TABLE {table}" for table in sorted(metadata.tables)],
}
"""How a kind of database tells all about its tables."""


@pytest.fixture
def connection(empty_database: str) -> Iterator[Connection]:
    """
    A connection to a database that is set up.
    """
    Store(empty_database).close()
    with create_engine(empty_database, poolclass=NullPool).connect() as connection:
        yield connection


def differences(connection: Connection) -> list[object]:
    """
    Return what a new migration would have to do.
    """
    options = {"compare_type": True, "version_table": VERSION_TABLE}
    with warnings.catch_warnings():
        # PostgreSQL puts the expression of a computed column into words of its own.
        warnings.filterwarnings("ignore", "Computed default on claim_history.open_source cannot be modified")
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def definitions(connection: Connection) -> list[Row]:
    """
    Return all that the database knows of its tables, but for the one that holds the version.
    """
    kind = connection.engine.url.get_backend_name()
    rows = [tuple(row) for query in DEFINITIONS[kind] for row in connection.exec_driver_sql(query)]
    return [tuple(map(_by_key, row)) for row in rows if not str(row[0]).startswith(VERSION_TABLE)]


def _by_key(column: object) -> object:
    # MariaDB tells the indexes in the order in which they were made, which SQLAlchemy leaves to chance.
    if not isinstance(column, str) or not column.startswith("CREATE TABLE"):
        return column
    lines = [line.rstrip(",") for line in column.splitlines()]
    return "\n".join(sorted(lines, key=lambda line: line.strip() if line.startswith("  KEY") else ""))


def test_the_schema_is_the_sum_of_its_migrations(connection: Connection) -> None:
    """
    Between the tables that the migrations have made and those of the code there is no difference.
    """
    assert [] == differences(connection)


def test_the_migrations_define_each_table_to_the_letter(connection: Connection) -> None:
    """
    Tables that are made without migrations are defined the same: engines, collations, counters, sequences too.
    """
    migrated = definitions(connection)
    metadata.drop_all(connection)
    metadata.create_all(connection)

    assert migrated == definitions(connection)


def test_the_version_is_that_of_the_newest_migration(empty_database: str) -> None:
    """
    The code's version is the head of the migrations, and what a new database has.
    """
    Store(empty_database).close()

    assert VERSION == ScriptDirectory(str(Path(str(migrations.__file__)).parent)).get_current_head()
    assert [(VERSION,)] == run(empty_database, f"SELECT version_num FROM {VERSION_TABLE}")


@only("mariadb", fixture="empty_database")
def test_mariadbs_defaults_are_not_trusted(connection: Connection) -> None:
    """
    On MariaDB every table is InnoDB, and all text in it utf8mb4 compared by bytes, whatever the server's defaults.
    """
    tables = connection.exec_driver_sql(
        "SELECT table_name, engine, table_collation FROM information_schema.tables WHERE table_schema = DATABASE()"
    )

    found = {name: (engine, collation) for name, engine, collation in tables}
    assert "InnoDB" == found.pop(VERSION_TABLE)[0]
    assert dict.fromkeys(metadata.tables, ("InnoDB", "utf8mb4_bin")) == found


def test_an_old_database_is_upgraded_when_asked(empty_database: str) -> None:
    """
    Tables of the first version are refused with the command that upgrades them, and then are as new ones.
    """
    migrate(empty_database, "0001")
    with pytest.raises(SchemaError, match=r"are older \(version 0001\): run `headwater upgrade`"):
        Store(empty_database)

    assert ("0001", VERSION) == upgrade(*open_engine(parse(empty_database)))
    assert (VERSION, VERSION) == upgrade(*open_engine(parse(empty_database)))
    with create_engine(empty_database, poolclass=NullPool).connect() as connection:
        assert [] == differences(connection)
    Store(empty_database).close()


def test_a_newer_database_is_refused(empty_database: str) -> None:
    """
    Tables of a version that this code does not know are neither used nor upgraded.
    """
    Store(empty_database).close()
    run(empty_database, f"UPDATE {VERSION_TABLE} SET version_num = '9999'")

    with pytest.raises(SchemaError, match=r"are newer \(version 9999\): use a newer Headwater"):
        Store(empty_database)
    with pytest.raises(SchemaError, match=r"are newer \(version 9999\): use a newer Headwater"):
        upgrade(*open_engine(parse(empty_database)))


@pytest.mark.parametrize("missing", [(), ("changes", "feed"), ("source_settings", "heartbeats", "claim_history")])
def test_an_unfinished_set_up_is_finished(
    empty_database: str, connection: Connection, missing: tuple[str, ...]
) -> None:
    """
    Where somebody was stopped while setting up, all tables or some, the next command starts over.
    """
    run_all(empty_database, f"DELETE FROM {VERSION_TABLE}", *(f"DROP TABLE {name}" for name in missing))

    with Store(empty_database) as store:
        assert {"api": 1} == store.register(["api"])
        assert Kind.HEADWATER is store.database.limits.kind
        assert [] == store.changes()
    assert [] == differences(connection)


def test_many_databases_are_set_up_at_once(tmp_path: Path) -> None:
    """
    Threads of one process may each set a database of their own up, though Alembic works on one at a time.
    """
    urls = [f"sqlite:///{tmp_path}/{number}.db" for number in range(8)]
    with ThreadPoolExecutor(len(urls)) as threads:
        stores = list(threads.map(Store, urls))

    assert [Kind.HEADWATER] * len(urls) == [store.database.limits.kind for store in stores]
    for store in stores:
        store.close()


def test_tables_with_content_are_never_dropped(empty_database: str) -> None:
    """
    Where the version is gone but the tables are not empty nothing is set up anew, and nothing is lost.
    """
    with Store(empty_database) as store:
        store.register(["api"])
    run(empty_database, f"DELETE FROM {VERSION_TABLE}")

    with pytest.raises(SchemaError, match="restore a backup"):
        Store(empty_database)
    assert [("api",)] == run(empty_database, "SELECT name FROM changesources")


def test_buildbots_tables_are_recognized(empty_database: str) -> None:
    """
    A database with Buildbot's tables is Buildbot's; nothing is added to it, and there is nothing to upgrade.
    """
    buildbot_tables.create(empty_database)
    with Store(empty_database) as store:
        assert Kind.BUILDBOT is store.database.limits.kind

    with pytest.raises(SchemaError, match="not Headwater's: there is nothing to upgrade"):
        upgrade(*open_engine(parse(empty_database)))
    assert 3 == len(inspect(create_engine(empty_database, poolclass=NullPool)).get_table_names())


@pytest.mark.parametrize(
    ("spoiling", "lack"),
    [
        ("ALTER TABLE masters DROP COLUMN last_active", "masters lacks last_active"),
        ("ALTER TABLE changesources RENAME COLUMN name TO title", "changesources lacks name"),
        ("DROP TABLE changesource_masters", "changesource_masters lacks changesourceid, masterid"),
    ],
)
def test_a_wrong_shape_is_refused(empty_database: str, spoiling: str, lack: str) -> None:
    """
    Tables like Buildbot's that lack something are nobody's; the error names what is missing.
    """
    buildbot_tables.create(empty_database)
    run(empty_database, spoiling)

    with pytest.raises(SchemaError, match=f"table {lack}: it is neither Headwater's nor Buildbot's"):
        Store(empty_database)


@only("mariadb", fixture="empty_database")
def test_tables_without_transactions_are_refused(empty_database: str) -> None:
    """
    Buildbot's tables in MyISAM are refused, with the statements that turn each of them into InnoDB; these help.
    """
    buildbot_tables.create(empty_database, engine="MyISAM")
    with pytest.raises(SchemaError, match="claims need InnoDB tables; run: ") as refused:
        Store(empty_database)
    cures = re.findall(r"ALTER TABLE \w+ ENGINE=InnoDB;", str(refused.value))

    assert 3 == len(set(cures))
    run_all(empty_database, *cures)
    Store(empty_database).close()
