"""Find an order in which calls that were in flight together could have been carried out one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tests.model.calls import Call, Expire, FindMaster, Join, Leave, Masters, SetState
from tests.model.parts import Part, Swept, Told, parts
from tests.model.registry import Book, Registry
from tests.model.search import Search

_BIND_SOURCES_TOGETHER = (SetState, Leave, Expire, Masters, Join, FindMaster, Swept)
"""What is about a master is about all its sources."""


class NoOrderError(AssertionError):
    """
    No order of the calls gives these answers and leaves this history.
    """


def explained(registry: Registry, calls: Sequence[Call], answers: Sequence[Any], book: Book) -> Registry:
    """
    Return the registry after calls that were all in flight together.

    Args:
        registry: what was true before them.
        calls: in the order in which they were handed in, which need not be theirs.
        answers: what each of them was answered.
        book: the history that was there after the last answer.

    Raises:
        NoOrderError: for one source at least there is no order of the calls about it that explains all this.
    """
    before = replace(registry, book=book)
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
    return after


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
