"""Add sources, change their names and settings, remove them: all of an edit in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from msgspec import Struct

from headwater.errors import (
    DatabaseBusyError,
    EditedMeanwhileError,
    HeadwaterError,
    NameCollisionError,
    NameTakenError,
    UnknownChangeSourceError,
)
from headwater.store.arguments import hash_of
from headwater.store.dialect import Trouble
from headwater.store.edits import numbered
from headwater.store.release import end_claims, lock_claims, lock_sources
from headwater.store.removing import remove
from headwater.store.session import TroubleError
from headwater.store.settings import as_row, from_row
from headwater.values import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headwater.store.attempt import Attempt
    from headwater.store.session import Session

T = TypeVar("T")


class Edit(Struct, frozen=True):
    """
    One call of `edit`: new sources by their names, new names and settings by ids, and who is to go.

    `seen` is what some of those that change or go have to be still, or else nothing is done.
    """

    add: Mapping[str, Settings]
    change: Mapping[int, tuple[str, Settings]]
    remove: tuple[int, ...]
    seen: Mapping[int, tuple[str, Settings]]


class _Found(NamedTuple):
    name: str
    settings: Settings | None


class _Steps(NamedTuple):
    """
    What an edit does beside setting settings, as it follows from what its sources are.
    """

    renamed: dict[int, str]
    regrouped: list[int]
    unset: list[int]
    """Whether somebody holds a source decides how its first settings begin."""


_ROUNDS = 20
_AT_ONCE = 1000

_FIND = """
    SELECT s.id, s.name, w.kind, w.url, w.host, w.options
    FROM changesources s LEFT JOIN source_settings w ON w.changesourceid = s.id AND w.changesourceid IN :ids
    WHERE s.id IN :ids"""

_NAMED = "SELECT name_hash, id, name FROM changesources WHERE name_hash IN :hashes ORDER BY id"

_LOCK_SETTINGS = """
    SELECT changesourceid FROM source_settings
    WHERE changesourceid IN :ids ORDER BY changesourceid {for_update}"""

_CLAIMED = "SELECT changesourceid FROM changesource_masters WHERE changesourceid IN :ids"

_INSERT = """
    INSERT {ignore} INTO changesources (name, name_hash)
    SELECT g.name, g.hash FROM {given: name text, hash text} AS g WHERE 1 = 1 ORDER BY g.hash {or_nothing}"""

_RENAME = "UPDATE changesources SET name = :name, name_hash = :hash WHERE id = :id"

# A source that was registered only is claimable from now on, unless somebody holds it already by the connector alone.
_SET = """
    INSERT INTO source_settings (changesourceid, kind, url, host, options, version, claimable_at)
    SELECT g.id, g.kind, g.url, g.host, g.options, g.version, CASE WHEN l.masterid IS NULL THEN {now} END
    FROM {given: id int, kind text, url text, host text, options text, version bigint} AS g
    LEFT JOIN changesource_masters l ON l.changesourceid = g.id
    WHERE 1 = 1 ORDER BY g.id
    {or_replace: source_settings.changesourceid (kind, url, host, options, version)}"""


def edit(session: Session, calls: Sequence[Edit], attempt: Attempt) -> list[dict[str, int] | HeadwaterError]:
    """
    Carry out each edit as a whole; return the ids of the names that were added.

    After a lost answer it is run again, unless all is as it is wanted: then the lost one was committed, or somebody
    else has done the same. A name to be added that is there with other settings is somebody else's.
    """
    return [_edit(session, call, attempt) for call in calls]


def _edit(session: Session, call: Edit, attempt: Attempt) -> dict[str, int] | HeadwaterError:
    last: TroubleError | None = None
    for _ in range(_ROUNDS):
        if attempt.again and (done := _done(session, call)) is not None:
            return done
        try:
            with session.transaction():
                return _carry_out(session, call)
        except _SlippedInError:
            pass
        except TroubleError as error:
            # A name or a source that somebody else has just added or removed is seen in the next round.
            if error.trouble is not Trouble.DATA:
                raise
            last = error
        except HeadwaterError as error:
            # What is in its way may be the lost one, which has landed since it was looked for.
            done = _done(session, call) if attempt.again else None
            return error if done is None else done
    raise last or DatabaseBusyError("the sources", "change too quickly")


def _done(session: Session, call: Edit) -> dict[str, int] | None:
    """
    Return the ids of the names that were to be added, if everything is as the edit wants it.
    """
    added = _ids_of(session, call.add)
    changed = _found(session, [*call.change, *added.values(), *call.remove])
    wanted = {**call.change, **{added[name]: (name, settings) for name, settings in call.add.items() if name in added}}
    is_done = set(added) == set(call.add) and {id_: tuple(found) for id_, found in changed.items()} == wanted
    return added if is_done else None


def _carry_out(session: Session, call: Edit) -> dict[str, int]:
    before = _found(session, [*call.change, *call.remove])
    for id_ in (*call.change, *call.remove):
        if id_ not in before:
            raise UnknownChangeSourceError(id_)
    steps = _steps(call, before)
    held = _lock(session, call, {*steps.renamed, *steps.unset, *call.remove}, [*steps.regrouped, *call.remove])
    before = _still(session, call, steps)
    # Who holds it may not be able to run what it becomes.
    end_claims(session, held.intersection(steps.regrouped), "forced")
    end_claims(session, held.intersection(call.remove), "removed")
    if call.remove and session.rows(_CLAIMED, ids=list(call.remove)):
        raise _SlippedInError
    remove(session, {id_: before[id_].settings for id_ in call.remove})
    names = [*steps.renamed.values(), *call.add]
    _check_free(names, _named(session, names), steps.renamed)
    _rename(session, steps.renamed)
    added = _add(session, call.add)
    _set(session, {**{added[name]: settings for name, settings in call.add.items()}, **_settings(call)})
    session.wake_others()
    return added


def _steps(call: Edit, before: Mapping[int, _Found]) -> _Steps:
    return _Steps(
        renamed={id_: name for id_, (name, _) in sorted(call.change.items()) if name != before[id_].name},
        regrouped=[id_ for id_, (_, wanted) in call.change.items() if _is_regrouped(before[id_].settings, wanted)],
        unset=[id_ for id_ in call.change if before[id_].settings is None],
    )


def _still(session: Session, call: Edit, steps: _Steps) -> dict[int, _Found]:
    """
    Return the sources as they are under the locks, if these steps are still what is to be done.

    Whoever edits a source locks its settings, or itself if it has none: nobody does so from here on.
    """
    now = _found(session, [*call.change, *call.remove])
    for id_, seen in sorted(call.seen.items()):
        if id_ in now and tuple(now[id_]) != seen:
            raise EditedMeanwhileError(id_, seen[0])
    if len(now) < len(call.change) + len(call.remove) or _steps(call, now) != steps:
        raise _SlippedInError
    return now


def _is_regrouped(before: Settings | None, after: Settings) -> bool:
    return before is not None and before.group != after.group


def _lock(session: Session, call: Edit, sources: Collection[int], claims: Sequence[int]) -> set[int]:
    """
    Lock claims, sources and settings before a claim is deleted, for which then nobody waits with a lock of its own.

    Returns the sources that have one of these claims.
    """
    held = lock_claims(session, claims)
    # From here on nobody claims those that are to go.
    if len(lock_sources(session, sources)) < len(sources):
        raise _SlippedInError
    if ids := sorted([*call.change, *call.remove]):
        session.rows(_LOCK_SETTINGS, ids=ids)
    return held


def _check_free(names: Iterable[str], there: Mapping[str, tuple[int, str]], renamed: Mapping[int, str]) -> None:
    for name in names:
        id_, found = there.get(hash_of(name), (None, name))
        if found != name:
            raise NameCollisionError(name)
        if id_ is not None and id_ not in renamed:
            raise NameTakenError(name, id_)


def _rename(session: Session, names: Mapping[int, str]) -> None:
    # In two steps, so that sources may exchange their names. One by one: they are few.
    for id_, name in names.items():
        session.count(_RENAME, id=id_, name=name, hash=f"{id_:040}")
    for id_, name in names.items():
        session.count(_RENAME, id=id_, name=name, hash=hash_of(name))


def _add(session: Session, names: Iterable[str]) -> dict[str, int]:
    rows = [{"name": name, "hash": hash_} for hash_, name in sorted((hash_of(name), name) for name in names)]
    for slice_ in _slices(rows):
        if session.count(_INSERT, rows=slice_) < len(slice_):
            raise _SlippedInError
    return _ids_of(session, names)


def _set(session: Session, settings: Mapping[int, Settings]) -> None:
    for number, ids in numbered(session, settings).items():
        session.count(_SET, rows=[{"id": id_, "version": number, **as_row(settings[id_])} for id_ in ids])


def _settings(call: Edit) -> dict[int, Settings]:
    return {id_: settings for id_, (_, settings) in call.change.items()}


def _ids_of(session: Session, names: Iterable[str]) -> dict[str, int]:
    names = list(names)
    there = _named(session, names)
    return {name: there[hash_of(name)][0] for name in names if hash_of(name) in there}


def _named(session: Session, names: Iterable[str]) -> dict[str, tuple[int, str]]:
    hashes = [hash_of(name) for name in names]
    return {hash_: (id_, name) for hash_, id_, name in session.rows(_NAMED, hashes=hashes)} if hashes else {}


def _found(session: Session, ids: Sequence[int]) -> dict[int, _Found]:
    rows = session.rows(_FIND, ids=sorted(ids)) if ids else []
    return {id_: _Found(name, None if columns[0] is None else _from_row(columns)) for id_, name, *columns in rows}


def _from_row(columns: list[Any]) -> Settings:
    return from_row(*columns)


def _slices(rows: list[T]) -> list[list[T]]:
    return [rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE)]


class _SlippedInError(Exception):
    """
    Somebody claimed, added, edited or removed one of the sources meanwhile.
    """
