"""SQL templates in the words of each database."""

from __future__ import annotations

import pytest

from headwater.store.dialect import Dialect
from headwater.store.dialects import MariaDB, PostgreSQL, SQLite
from headwater.store.spelling import bind, spell

POSTGRESQL, MARIADB, SQLITE = PostgreSQL(), MariaDB(), SQLite()
DIALECTS = pytest.mark.parametrize("dialect", [POSTGRESQL, MARIADB, SQLITE], ids=lambda one: type(one).__name__)


def spelled(template: str) -> list[str]:
    """
    Return a template as PostgreSQL, MariaDB and SQLite have it.
    """
    return [spell(template, dialect).strip() for dialect in (POSTGRESQL, MARIADB, SQLITE)]


def test_a_parameter() -> None:
    """
    A name after a colon is a parameter, in the drivers' two styles.
    """
    assert [
        "WHERE id = %(id)s AND name=%(name)s",
        "WHERE id = %(id)s AND name=%(name)s",
        "WHERE id = :id AND name=:name",
    ] == spelled("WHERE id = :id AND name=:name")


@DIALECTS
def test_casts_and_times_are_left_alone(dialect: Dialect) -> None:
    """
    Two colons make no parameter, and neither does a colon in a time.
    """
    template = "SELECT 1::bigint, '+00:00', x::int"

    assert template == spell(template, dialect)


def test_a_list() -> None:
    """
    A list is one parameter everywhere.
    """
    assert [
        "id = ANY(%(ids)s)",
        "id IN %(ids)s",
        "id IN (SELECT value FROM json_each(:ids))",
    ] == spelled("id IN :ids")


def test_given_rows() -> None:
    """
    Any number of rows is one parameter, and is read like a table with columns of the declared kinds.
    """
    postgresql, mariadb, sqlite = spelled("FROM {given: name text, size int} AS g")
    columns = "name LONGTEXT CHARACTER SET utf8mb4 PATH '$.name', size INT PATH '$.size'"
    extracted = "json_extract(value, '$.name') AS name, json_extract(value, '$.size') AS size"

    recordset = "json_to_recordset(CAST(%(rows)s AS json)) AS r(name text, size int)"

    assert f"FROM (SELECT * FROM {recordset}) AS g" == postgresql
    assert f"FROM JSON_TABLE(%(rows)s, '$[*]' COLUMNS ({columns})) AS g" == mariadb
    assert f"FROM (SELECT {extracted} FROM json_each(:rows)) AS g" == sqlite


def test_a_row_that_is_kept() -> None:
    """
    An INSERT that finds its row there leaves it as it is; MariaDB does not ignore other errors for that.
    """
    assert [
        "ON CONFLICT (name_hash) DO NOTHING",
        "ON DUPLICATE KEY UPDATE name_hash = masters.name_hash",
        "ON CONFLICT (name_hash) DO NOTHING",
    ] == spelled("{or_keep: masters.name_hash}")


def test_a_row_that_is_replaced() -> None:
    """
    An INSERT that finds its row there sets the columns that are named, and all others stay.
    """
    assert [
        "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, url = excluded.url",
        "ON DUPLICATE KEY UPDATE kind = VALUES(kind), url = VALUES(url)",
        "ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, url = excluded.url",
    ] == spelled("{or_replace: settings.id (kind, url)}")


def test_a_row_that_is_replaced_by_a_newer_one() -> None:
    """
    The last of the columns decides, and MariaDB, which sets one after the other, sets it last.
    """
    newer = "VALUES(token) >= said.token"
    replaced = "ON CONFLICT (id) DO UPDATE SET state = excluded.state, token = excluded.token"
    assert [
        f"{replaced} WHERE said.token <= excluded.token",
        (
            f"ON DUPLICATE KEY UPDATE state = IF({newer}, VALUES(state), said.state), "
            f"token = IF({newer}, VALUES(token), said.token)"
        ),
        f"{replaced} WHERE said.token <= excluded.token",
    ] == spelled("{or_newer: said.id (state, token)}")


def test_fragments() -> None:
    """
    A name in braces stands for what the database calls it, casts included.
    """
    assert [
        "(extract(epoch FROM clock_timestamp()) * 1000)::bigint, %(id)s FOR SHARE",
        "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED), %(id)s LOCK IN SHARE MODE",
        "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER), :id",
    ] == spelled("{now}, :id {for_share}")


def test_all_dialects_have_the_same_fragments() -> None:
    """
    What one database has a word for, the others have too, be it none.
    """
    assert PostgreSQL.fragments.keys() == MariaDB.fragments.keys() == SQLite.fragments.keys()


@DIALECTS
def test_an_unknown_fragment_is_an_error(dialect: Dialect) -> None:
    """
    A misspelt fragment does not get as far as a database.
    """
    with pytest.raises(KeyError, match="for_ever"):
        spell("SELECT 1 {for_ever}", dialect)


def test_what_the_drivers_take() -> None:
    """
    Lists and rows are bound as each driver takes them, all else as it is.
    """
    values = {"id": 7, "name": "ä", "ids": [1, 2], "rows": [{"name": "ä"}]}
    as_it_is = {"id": 7, "name": "ä", "rows": '[{"name":"ä"}]'}

    assert {**as_it_is, "ids": [1, 2]} == bind(values, POSTGRESQL)
    assert {**as_it_is, "ids": (1, 2)} == bind(values, MARIADB)
    assert {**as_it_is, "ids": "[1,2]"} == bind(values, SQLITE)
