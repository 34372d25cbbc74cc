"""Wait until a check is made that was asked for, and say meanwhile how far it has come."""

from __future__ import annotations

import threading

from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.closeup import close_up
from headwater.cli.outlook import Shown
from headwater.cli.screens import bold, printable
from headwater.cli.watching import say
from headwater.values import Condition

_LOOK_EVERY = 0.3


class Checked(Struct, kw_only=True):
    """
    What became of a check, as programs get it.
    """

    id: int
    name: str
    check: int
    """Its number among the checks that were asked for of this source."""
    is_done: bool = False
    problem: str = ""
    """Why it failed, or why nobody makes it."""
    source: Shown
    """How the source fares."""


def checked(store: Store, id_: int, name: str, number: int) -> Checked:
    """
    Return what is to be said of a check that was only just asked for.
    """
    seen = close_up(store, id_, name)
    problem = _nobody(seen.source) if seen.is_hopeless else ""
    return Checked(id=id_, name=name, check=number, problem=problem, source=seen.source)


def wait_for_check(store: Store, id_: int, name: str, number: int, *, is_again: bool) -> Checked:
    """
    Return what became of a check when it is made, or when nobody is going to.

    Args:
        store: the registry.
        id_: of the source.
        name: of the source.
        number: of the check.
        is_again: whether commits are to be told again: then what is said of a success says why they were not.
    """
    pause, said = threading.Event(), ""
    while True:
        condition = store.condition(id_)
        if condition is not None and condition.checks_done >= number:
            problem = condition.reason if is_again or condition.state != "ok" else ""
            source = close_up(store, id_, name).source
            return Checked(id=id_, name=name, check=number, is_done=True, problem=problem, source=source)
        told = checked(store, id_, name, number)
        if told.problem:
            return told
        said = _say(name, condition, said)
        pause.wait(_LOOK_EVERY)


def _nobody(source: Shown) -> str:
    why = "; ".join(part for part in (source.reason, source.next) if part)
    return f"nobody looks at it, for it is {source.state}: {why}"


def _say(name: str, condition: Condition | None, said: str) -> str:
    doing = condition.reason if condition is not None and condition.state == "checking" else ""
    if doing and doing != said:
        say(f"{bold(name)}: {printable(doing)}")
    return doing or said
