"""Find an order in which calls that were in flight together could have been carried out one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.model.calls import Call, Expire, FindMaster, Heartbeat, Join, Leave, Masters, SetState
from tests.model.parts import Part, Swept, Told, parts
from tests.model.registry import Book, Registry
from tests.model.search import Search

_BIND_SOURCES_TOGETHER = (SetState, Leave, Expire, Masters, Join, FindMaster, Swept)
"""What is about a master is about all its sources."""


class NoOrderError(AssertionError):
    """
    No order of the calls gives these answers and leaves this history.
    """


def explained(
    registry: Registry, calls: Sequence[Call], answers: Sequence[Any], book: Book, beats: Mapping[int, int]
) -> Registry:
    """
    Return the registry after calls that were all in flight together.

    Args:
        registry: what was true before them.
        calls: in the order in which they were handed in, which need not be theirs.
        answers: what each of them was answered.
        book: the history that was there after the last answer.
        beats: the heartbeats that were counted of each life then.

    Raises:
        NoOrderError: for one source at least there is no order of the calls about it that explains all this.
    """
    before = replace(registry, book=book, repeated=_repeated(registry, calls, answers, beats))
    told = [part for call, answer in zip(calls, answers, strict=True) for part in parts(call, answer, before)]
    after = before
    for group in _groups(told):
        found = Search(group, _sources(group, before)).run(after)
        if found is None:
            raise NoOrderError(_story(before, group))
        after = found
    wrong = [source for source in after.lines if not after.is_as_the_book_ends(source)]
    if wrong:
        raise NoOrderError(f"history has more of {wrong} than was done:\n{_story(before, told)}")
    return _as_counted(after, beats)


def _repeated(
    registry: Registry, calls: Sequence[Call], answers: Sequence[Any], beats: Mapping[int, int]
) -> dict[int, int]:
    """
    Return the heartbeats that the database has counted beyond those that were asked for; a new life has one.
    """
    told = zip(calls, answers, strict=True)
    asked = Counter(call.master for call, answer in told if isinstance(call, Heartbeat) and answer is True)
    known = {id_: master.beat or 0 for id_, master in registry.masters.items()}
    beyond = {id_: beat - known.get(id_, 1) - asked[id_] for id_, beat in beats.items()}
    return {id_: count for id_, count in beyond.items() if count > 0}


def _as_counted(registry: Registry, beats: Mapping[int, int]) -> Registry:
    """
    Return the registry with the heartbeats as the database has counted them.
    """
    wrong = [id_ for id_ in beats if not registry.is_counted(id_, beats[id_])]
    if wrong:
        raise NoOrderError(f"heartbeats of {wrong} were not counted: {beats}, {registry.masters}")
    masters = {id_: replace(known, beat=beats.get(id_, known.beat)) for id_, known in registry.masters.items()}
    return replace(registry, masters=masters, repeated={})


def _groups(told: Sequence[Told]) -> list[list[Told]]:
    """
    Sort the parts by what they are about; nothing that is in one group can be seen from another.
    """
    if any(isinstance(part, _BIND_SOURCES_TOGETHER) for part, _ in told):
        return [list(told)]
    groups: dict[object, list[Told]] = {}
    for one in told:
        groups.setdefault(_subject(one.part), []).append(one)
    return list(groups.values())


def _subject(part: Part) -> tuple[str, object]:
    """
    Return what a part is about.
    """
    for kind, fields in (("source", ("source", "sources", "tokens")), ("name", ("names",)), ("master", ("master",))):
        for field in fields:
            if hasattr(part, field):
                return kind, _first(getattr(part, field))
    return "all", None


def _sources(told: Iterable[Told], registry: Registry) -> list[int]:
    """
    Return the sources that parts are about.
    """
    subjects = {_subject(part) for part, _ in told}
    is_about_all = any(isinstance(part, _BIND_SOURCES_TOGETHER) for part, _ in told)
    return [source for source in registry.lines if is_about_all or ("source", source) in subjects]


def _first(about: object) -> object:
    while isinstance(about, tuple):
        about = about[0] if about else None
    return about


def _story(before: Registry, told: Iterable[Told]) -> str:
    def lines(what: Mapping[Any, Any]) -> str:
        return "".join(f"\n  {key}: {value}" for key, value in what.items())

    counted = "".join(f"\n  {count} x {part} -> {answer!r}" for (part, answer), count in Counter(told).items())
    return (
        f"no order found that explains these answers:{counted}\nsources before:{lines(before.lines)}"
        f"\nmasters before:{lines(before.masters)}\nhistory after:{lines(before.book)}"
    )
