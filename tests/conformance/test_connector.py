"""Each sentence of the connector's documentation, as docs/reference/spec-map.md numbers and reads them."""

from __future__ import annotations

import hashlib
from inspect import signature
from types import SimpleNamespace

import pytest

from headwater import ChangeSourceAlreadyClaimedError, UnknownChangeSourceError, UnknownMasterError, errors
from headwater.db import changesources, exceptions
from tests.conformance.deferreds import FAILING, answering
from tests.conformance.faces import DEFERRED, ConnectorFace, Face, holder_of, ids_of, new_name
from tests.conformance.rows import history, mark, run
from tests.conformance.texts import SOME_NAMES


def test_the_names_are_importable() -> None:
    """The class and the error are where the documentation says, below headwater.db; there is one error."""
    component, error = changesources.ChangeSourcesConnectorComponent, changesources.ChangeSourceAlreadyClaimedError

    assert "ChangeSourcesConnectorComponent" == component.__name__
    assert error is exceptions.ChangeSourceAlreadyClaimedError is errors.ChangeSourceAlreadyClaimedError


@DEFERRED
def test_a_master_has_the_connector_as_db_changesources(face: ConnectorFace, source: int) -> None:
    """What a DBConnector has as `changesources` is the connector of its database."""
    master = SimpleNamespace(db=face.db)

    assert isinstance(master.db.changesources, changesources.ChangeSourcesConnectorComponent)
    assert face.get_source(source) == face.wait_for(master.db.changesources.getChangeSource, source)


@DEFERRED
def test_arguments_are_taken_by_keyword(face: ConnectorFace, master: int) -> None:
    """Every argument has the documented name and place, and can be given by either."""
    calls, name = face.db.changesources, new_name()
    source = face.wait_for(calls.findChangeSourceId, name=name)
    face.wait_for(calls.setChangeSourceMaster, changesourceid=source, masterid=master)
    described = {"id": source, "name": name, "masterid": master}

    assert described == face.wait_for(calls.getChangeSource, changesourceid=source)
    assert [described] == face.wait_for(calls.getChangeSources, active=True, masterid=master)
    assert [described] == face.wait_for(calls.getChangeSources, *(True, master))
    assert ["changesourceid", "masterid"] == list(signature(calls.setChangeSourceMaster).parameters)


@DEFERRED
def test_every_call_answers_with_a_deferred(face: ConnectorFace, master: int) -> None:
    """All four methods answer with a Deferred: an int, None, a dictionary, a list."""
    assert [int, type(None), dict, list] == answering(face, new_name(), master)


@DEFERRED
@pytest.mark.parametrize("failing", FAILING)
def test_every_error_is_a_failed_deferred(face: ConnectorFace, source: int, master: int, failing: str) -> None:
    """No call raises where it is made, whatever is wrong with it."""
    face.set_source_master(source, master)

    assert FAILING[failing].error is type(FAILING[failing].come(face, source, master))


@DEFERRED
def test_a_source_is_a_dict_with_three_keys(face: ConnectorFace, source: int, master: int) -> None:
    """A source is a plain dictionary with the keys id, name and masterid, alone and in a list."""
    face.set_source_master(source, master)

    described = [face.get_source(source), *face.get_sources(masterid=master)]

    assert [(dict, {"id", "name", "masterid"})] * 2 == [(type(one), set(one or ())) for one in described]


def test_masterid_names_the_holder_or_none(face: Face, source: int, master: int) -> None:
    """The masterid of a source is None until a master claims it, and then that master's id."""
    before = holder_of(face, source)
    face.set_source_master(source, master)

    assert (None, master) == (before, holder_of(face, source))


def test_a_name_gets_an_id_once(face: Face) -> None:
    """The same name gives the same id each time; looking it up uses up no ids."""
    name = new_name()
    first, *again = [face.find_source_id(name) for _ in range(5)]

    assert [first] * 4 == again
    assert first + 1 == face.find_source_id(new_name())


def test_a_new_name_is_registered(face: Face) -> None:
    """A new name gets a row of its own, under the SHA-1 of its UTF-8, and no master."""
    name = new_name() + "é"
    id_ = face.find_source_id(name)

    assert {"id": id_, "name": name, "masterid": None} == face.get_source(id_)
    row = (name, hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest())
    assert [row] == run(face.url, "SELECT name, name_hash FROM changesources WHERE id = :id", id=id_)


def test_any_text_is_a_name(face: Face) -> None:
    """Any text can be registered, the empty one too, and comes back as it was."""
    ids = {name: face.find_source_id(name) for name in SOME_NAMES}
    described = [face.get_source(id_) for id_ in ids.values()]

    assert [{"id": id_, "name": name, "masterid": None} for name, id_ in ids.items()] == described


def test_what_is_not_text_is_no_name(face: Face) -> None:
    """What is no str is a TypeError; a NUL or a lone surrogate is a ValueError."""
    for thing, error in ((b"git", TypeError), (None, TypeError), ("a\0b", ValueError), ("\ud800", ValueError)):
        with pytest.raises(error, match="name"):
            face.find_source_id(thing)  # type: ignore[arg-type]


def test_a_free_source_is_claimed(face: Face, source: int, master: int) -> None:
    """A source that nobody holds becomes the master's."""
    face.set_source_master(source, master)

    assert master == holder_of(face, source)


def test_a_source_of_an_active_master_is_refused(face: Face, source: int, master: int, other: int) -> None:
    """A claim of a source that an active master holds fails; the error names both."""
    face.set_source_master(source, master)

    with pytest.raises(ChangeSourceAlreadyClaimedError) as refused:
        face.set_source_master(source, other)
    assert (source, master) == (refused.value.changesourceid, refused.value.masterid)


def test_a_refused_claim_changes_nothing(face: Face, source: int, master: int, other: int) -> None:
    """After a refused claim the holder, its token and its history are what they were."""
    face.set_source_master(source, master)
    before = history(face.url, source)
    with pytest.raises(ChangeSourceAlreadyClaimedError):
        face.set_source_master(source, other)

    assert (master, before) == (holder_of(face, source), history(face.url, source))


def test_a_source_of_an_inactive_master_is_taken_over(face: Face, source: int, master: int, other: int) -> None:
    """A source whose holder is inactive goes to the next master that claims it."""
    face.set_source_master(source, master)
    mark(face.url, master, active=False)
    face.set_source_master(source, other)

    assert other == holder_of(face, source)
    assert [(master, "taken over"), (other, None)] == [row[1:] for row in history(face.url, source)]


def test_an_own_claim_again_is_refused_while_active(face: Face, source: int, master: int) -> None:
    """An active master that claims its own source again is told that it is claimed, by itself."""
    face.set_source_master(source, master)

    with pytest.raises(ChangeSourceAlreadyClaimedError) as refused:
        face.set_source_master(source, master)
    assert master == refused.value.masterid


@DEFERRED
def test_an_own_claim_again_succeeds_while_inactive(face: Face, source: int, master: int) -> None:
    """An inactive master takes its own source over, as anybody could."""
    face.set_source_master(source, master)
    mark(face.url, master, active=False)
    face.set_source_master(source, master)

    assert [(master, "taken over"), (master, None)] == [row[1:] for row in history(face.url, source)]


@DEFERRED
def test_a_claim_for_an_inactive_master_is_made(face: Face, source: int, other: int) -> None:
    """A master that is not active yet gets the claim; until it is, anyone can take it over."""
    starting = face.new_master(new_name(), active=False)
    face.set_source_master(source, starting)
    before = holder_of(face, source)
    face.set_source_master(source, other)

    assert (starting, other) == (before, holder_of(face, source))


def test_none_ends_the_claim_of_an_active_holder(face: Face, source: int, master: int, other: int) -> None:
    """None ends a claim, whoever holds it; then another master can claim."""
    face.set_source_master(source, master)
    face.set_source_master(source, None)
    before = holder_of(face, source)
    face.set_source_master(source, other)

    assert (None, other) == (before, holder_of(face, source))


def test_none_without_a_claim_completes(face: Face, source: int) -> None:
    """None for a source that is free, or for an id that is no source's, completes and changes nothing."""
    for id_ in (source, source, 2**31 - 1):
        face.set_source_master(id_, None)

    assert [] == history(face.url, source)


def test_an_unknown_source_cannot_be_claimed(face: Face, master: int) -> None:
    """A claim of an id that is no source's says so, and is not "already claimed"."""
    with pytest.raises(UnknownChangeSourceError, match="no change source 2147483647"):
        face.set_source_master(2**31 - 1, master)


def test_an_unknown_master_cannot_claim(face: Face, source: int, master: int) -> None:
    """A claim for an id that is no master's says so, whether the source is free or held."""
    held = face.find_source_id(new_name())
    face.set_source_master(held, master)
    for id_ in (source, held):
        with pytest.raises(UnknownMasterError, match="no master 2147483647"):
            face.set_source_master(id_, 2**31 - 1)


def test_a_known_source_is_found(face: Face) -> None:
    """A source is got by the id that its name was given."""
    name = new_name()
    id_ = face.find_source_id(name)

    assert {"id": id_, "name": name, "masterid": None} == face.get_source(id_)


def test_an_unknown_id_finds_no_source(face: Face, source: int) -> None:
    """An int that is no source's id finds None, however small or large it is."""
    unknown = [0, -1, -source, 2**31 - 1, 2**31, 2**32 + source, 2**63, 2**200]

    assert [None] * len(unknown) == [face.get_source(id_) for id_ in unknown]


def test_without_filters_all_sources_are_listed(face: Face, source: int, master: int) -> None:
    """The list has every source there is, claimed or free, once."""
    face.find_source_id(new_name())
    face.set_source_master(source, master)

    assert {id_ for (id_,) in run(face.url, "SELECT id FROM changesources")} == ids_of(face.get_sources())


def test_active_tells_claimed_from_free(face: Face, source: int, master: int) -> None:
    """True lists the sources with a claim, False those without."""
    free = face.find_source_id(new_name())
    face.set_source_master(source, master)
    claimed = {id_ for (id_,) in run(face.url, "SELECT changesourceid FROM changesource_masters")}

    assert claimed == ids_of(face.get_sources(active=True))
    assert ids_of(face.get_sources()) - claimed == ids_of(face.get_sources(active=False)) >= {free}


def test_a_link_to_an_inactive_master_counts_as_active(face: Face, source: int, master: int) -> None:
    """A source whose holder is inactive is listed as active, with its holder."""
    face.set_source_master(source, master)
    mark(face.url, master, active=False)

    assert master == holder_of(face, source)
    assert {source} == ids_of(face.get_sources(active=True, masterid=master))
    assert source not in ids_of(face.get_sources(active=False))


def test_masterid_lists_what_that_master_holds(face: Face, source: int, master: int, other: int) -> None:
    """With masterid the list has what that master holds; nothing for one without claims, or that is unknown."""
    second, third = (face.find_source_id(new_name()) for _ in range(2))
    for id_, holder in ((source, master), (second, master), (third, other)):
        face.set_source_master(id_, holder)

    listed = [ids_of(face.get_sources(masterid=id_)) for id_ in (master, other, face.new_master(new_name()), 2**31 - 1)]

    assert [{source, second}, {third}, set(), set()] == listed


def test_active_and_masterid_narrow_together(face: Face, source: int, master: int) -> None:
    """With both filters a source must pass both; no source passes active=False and a master."""
    face.set_source_master(source, master)

    assert {source} == ids_of(face.get_sources(active=True, masterid=master))
    assert [] == face.get_sources(active=False, masterid=master)


def test_setting_a_master_inactive_ends_its_claims(face: Face, source: int, master: int) -> None:
    """A master that becomes inactive holds nothing any more, and the sources are free."""
    face.set_source_master(source, master)
    face.deactivate(master)

    assert (None, []) == (holder_of(face, source), face.get_sources(masterid=master))
    assert {"id": master, "active": False}.items() <= (face.master(master) or {}).items()
