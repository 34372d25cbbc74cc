"""What the package offers is complete, sorted, and known to the type checker."""

from __future__ import annotations

import ast
from inspect import isclass
from pathlib import Path

import pytest

import headwater
from headwater import AsyncJoinedMaster, AsyncStore, Claim, JoinedMaster, Store, errors, values
from headwater.db.changesources import ChangeSourcesConnectorComponent
from headwater.db.connector import DBConnector
from headwater.db.masters import MastersConnectorComponent

USES = [Path(__file__).with_name(name) for name in ("public_names.py", "watching_names.py")]

USED = ast.Module([use for file in USES for use in ast.parse(file.read_text(encoding="utf-8")).body], [])

FACES = {"AsyncJoinedMaster", "AsyncStore", "Claim", "JoinedMaster", "Store", "Timing", "join", "join_async"}
"""What is neither an error nor a value."""

BEHIND = {
    "abandon",
    "ask",
    "database",
    "end",
    "fence",
    "group",
    "is_watched",
    "register",
    "timed_out",
    "wait_for",
    "watched",
}
"""Public for the other parts of the package, which ask for more than a user does."""


def test_all_is_sorted() -> None:
    """
    The public names are listed in the order of the alphabet, each once.
    """
    assert sorted(set(headwater.__all__)) == headwater.__all__


def test_all_is_complete() -> None:
    """
    Every error and every value is importable from the top.
    """
    defined = {
        name
        for module in (errors, values)
        for name, what in vars(module).items()
        if isclass(what) and what.__module__.startswith(f"{module.__name__}.")
    }

    assert {*defined, *FACES} == set(headwater.__all__)


def test_every_name_is_typed() -> None:
    """
    The type checker sees a use of every public name.
    """
    used = {node.id for node in ast.walk(USED) if isinstance(node, ast.Name)}

    assert set() == set(headwater.__all__) - used


@pytest.mark.parametrize(
    "kind",
    [
        AsyncJoinedMaster,
        AsyncStore,
        ChangeSourcesConnectorComponent,
        Claim,
        DBConnector,
        JoinedMaster,
        MastersConnectorComponent,
        Store,
    ],
)
def test_every_method_is_typed(kind: type[object]) -> None:
    """
    The type checker sees a use of every public method.
    """
    used = {node.attr for node in ast.walk(USED) if isinstance(node, ast.Attribute)}
    own = [vars(base) for base in kind.__mro__ if base.__module__.startswith("headwater")]
    methods = {name for names in own for name in names if not name.startswith("_")}

    assert set() == methods - used - BEHIND


def test_the_types_are_there_for_users() -> None:
    """
    The package says that it is typed.
    """
    assert Path(headwater.__file__).with_name("py.typed").exists()
