"""Any text is a name of its own, and an id is found by nobody else's number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from headwater import Settings, Store, UnknownChangeSourceError, UnknownMasterError
from tests.conformance.faces import STORES, Face, holder_of, new_name
from tests.conformance.rows import run
from tests.conformance.texts import DISTINCT_NAMES, NOT_NAMES

NO_IDS = [0, -1, -(2**31), 2**31, 2**32 + 1, 2**63, 2**64 + 1, 2**200, -(2**200)]
"""Ints that no row can have."""

NOT_INTS: list[Any] = [True, False, "1", b"1", 1.0, (1,)]
"""What some database would take for the id 1 or 0."""

FOUR_BYTES = "😀"

MARIADBS_LIMIT = 65_535


@pytest.fixture(autouse=True)
def _row_one(source: int, master: int) -> None:
    """
    The ids 1 are taken, by a source and by a master: what is mistaken for a 1 would find them.
    """


def test_names_are_compared_byte_for_byte(face: Face) -> None:
    """
    Names that differ in case, accents, spaces at the end, or in what cannot be seen are different sources.
    """
    ids = [face.find_source_id(name) for name in DISTINCT_NAMES]
    described = [face.get_source(id_) for id_ in ids]

    assert len(DISTINCT_NAMES) == len(set(ids))
    assert [{"id": i, "name": n, "masterid": None} for i, n in zip(ids, DISTINCT_NAMES, strict=True)] == described


@STORES
def test_many_names_are_registered_at_once(store: Store) -> None:
    """
    Names are kept apart within one call too; a name that is given twice is one source.
    """
    names = [f"{name} {new_name()}" for name in DISTINCT_NAMES]

    ids = store.register([*names, *reversed(names)])

    assert names == list(ids)
    assert ids == {name: store.register([name])[name] for name in names}
    assert len(names) == len(set(ids.values()))
    assert ids == store.find([*names, new_name()])


def test_a_long_name_comes_back_unchanged(face: Face) -> None:
    """
    16,000 characters of four bytes each are a name on every database; the last one counts.
    """
    names = [FOUR_BYTES * 15_999 + last for last in ("😀", "😁")]
    ids = [face.find_source_id(name) for name in names]

    assert ids[0] != ids[1]
    assert names == [(face.get_source(id_) or {})["name"] for id_ in ids]


@pytest.mark.parametrize("shared_database", [pytest.param("mariadb", marks=pytest.mark.mariadb)], indirect=True)
def test_mariadb_holds_names_of_65535_bytes(face: Face) -> None:
    """
    On MariaDB a name of 65,535 bytes fits; a byte more is a ValueError that names the limit, and no row.
    """
    fitting = ["x" * MARIADBS_LIMIT, "é" * (MARIADBS_LIMIT // 2) + "x", FOUR_BYTES * (MARIADBS_LIMIT // 4) + "xxx"]
    ids = [face.find_source_id(name) for name in fitting]
    before = len(face.get_sources())

    assert fitting == [(face.get_source(id_) or {})["name"] for id_ in ids]
    for name in ("x" * (MARIADBS_LIMIT + 1), "é" * (MARIADBS_LIMIT // 2 + 1), FOUR_BYTES * 16_384):
        with pytest.raises(ValueError, match=r"65,535 bytes .* has 65,536"):
            face.find_source_id(name)
    assert before == len(face.get_sources())


@pytest.mark.parametrize(
    "shared_database",
    [pytest.param(kind, marks=getattr(pytest.mark, kind)) for kind in ("sqlite", "postgresql")],
    indirect=True,
)
def test_elsewhere_a_name_may_be_longer(face: Face) -> None:
    """
    On SQLite and PostgreSQL a name of 1,000,000 characters is stored whole.
    """
    name = "é" * 999_999 + "x"
    id_ = face.find_source_id(name)

    assert name == (face.get_source(id_) or {})["name"]
    assert id_ == face.find_source_id(name)


def test_what_is_no_text_is_refused(face: Face) -> None:
    """
    What is no str, holds a NUL or is no Unicode names nothing, neither a source nor a master; nothing is stored.
    """
    counts = "SELECT (SELECT count(*) FROM changesources), (SELECT count(*) FROM masters)"
    before = run(face.url, counts)
    for thing, error in NOT_NAMES:
        assert _told(error, face.find_source_id, thing).startswith("a name ")
        assert _told(error, face.new_master, thing).startswith("a name ")

    assert before == run(face.url, counts)


@STORES
def test_a_text_is_not_several_names(store: Store) -> None:
    """
    A str given as the names is refused: it would be registered letter by letter.
    """
    for names in ("git", b"git", None, 7):
        with pytest.raises(TypeError, match="names is an iterable of str"):
            store.register(names)  # type: ignore[arg-type]


def test_a_masters_name_is_any_text_too(face: Face) -> None:
    """
    A master can have any text as its name; the connector keeps it as it is, a life adds what makes it its own.
    """
    names = [f"{name}{new_name()}" for name in DISTINCT_NAMES[:30]] + [FOUR_BYTES * 16_000 + new_name()]
    ids = {face.new_master(name): name for name in names}
    stored = {id_: str((face.master(id_) or {})["name"]) for id_ in ids}

    assert len(names) == len(ids)
    assert ids == {id_: stored[id_].rpartition("#")[0] or stored[id_] for id_ in ids}


def test_an_impossible_int_is_nobodys_id(face: Face, source: int, master: int) -> None:
    """
    An int that no row can have is an unknown id, with the same answers as any other, never a database's error.
    """
    for id_ in NO_IDS:
        face.set_source_master(id_, None)

        assert (None, None) == (face.get_source(id_), face.master(id_))
        assert ([], []) == (face.get_sources(masterid=id_), face.get_sources(active=True, masterid=id_))
        for holder in (master, id_):
            told = _told(UnknownChangeSourceError, face.set_source_master, id_, holder)
            assert f"there is no change source {id_}" == told
        assert f"there is no master {id_}" == _told(UnknownMasterError, face.set_source_master, source, id_)
    assert None is holder_of(face, source)


def test_what_is_no_int_is_no_id(face: Face, source: int, master: int) -> None:
    """
    A bool, a str, a float are no ids, even where a database would compare them to one: a TypeError says so.
    """
    for thing in NOT_INTS:
        is_no = f"is an int, not {type(thing).__name__}"

        for told in (
            _told(TypeError, face.get_source, thing),
            _told(TypeError, face.set_source_master, thing, None),
            _told(TypeError, face.set_source_master, thing, master),
        ):
            assert f"the id of a source {is_no}" == told
        for told in (
            _told(TypeError, face.set_source_master, source, thing),
            _told(TypeError, lambda id_: face.get_sources(masterid=id_), thing),
            _told(TypeError, face.master, thing),
        ):
            assert f"the id of a master {is_no}" == told
    assert None is holder_of(face, source)


def test_none_is_no_id(face: Face, master: int) -> None:
    """
    None is an id of nothing: it ends a claim or filters nothing where that is its meaning, else it is refused.
    """
    none: int = None  # type: ignore[assignment]

    assert "the id of a source is an int, not NoneType" == _told(TypeError, face.get_source, none)
    assert "the id of a source is an int, not NoneType" == _told(TypeError, face.set_source_master, none, master)
    assert "the id of a source is an int, not NoneType" == _told(TypeError, face.set_source_master, none, None)
    assert "the id of a master is an int, not NoneType" == _told(TypeError, face.master, none)
    assert face.get_sources() == face.get_sources(masterid=None)


@STORES
def test_release_takes_ids_only(store: Store, master: int) -> None:
    """
    What is no id cannot be released, nor by it.
    """
    for thing in (*NOT_INTS, None):
        told = _told(TypeError, lambda id_: store.release({id_: 1}, master), thing)
        assert told.startswith("the id of a source is an int")
        told = _told(TypeError, lambda id_: store.release({1: 1}, id_), thing)
        assert told.startswith("the id of a master is an int")


@STORES
def test_settings_and_positions_are_of_sources_only(store: Store) -> None:
    """
    An id that is no source's gets no settings, which is an error, and has no position, which is None.
    """
    settings = Settings(kind="git", url="https://example.com/api.git")
    for id_ in (*NO_IDS, 2**31 - 1):
        told = _told(UnknownChangeSourceError, lambda id_: store.configure(id_, settings), id_)
        assert f"there is no change source {id_}" == told
        assert None is store.position(id_)
    for thing in (*NOT_INTS, None):
        for call in (store.position, lambda id_: store.configure(id_, settings)):
            assert _told(TypeError, call, thing).startswith("the id of a source is an int")


def _told(error: type[Exception], call: Callable[..., object], *ids: object) -> str:
    """
    Return what the error says that a call fails with; no other error caused it.
    """
    with pytest.raises(error) as raised:
        call(*ids)
    assert None is raised.value.__cause__
    return str(raised.value)
