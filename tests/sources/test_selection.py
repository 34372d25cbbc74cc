"""Which refs are watched, by what people write."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.errors import NotAllowedError
from headwater.sources.selection import Selection, refusal, selection_of
from headwater.values import Settings

from .polling import look
from .repository import Repository
from .watching import watch

patterns = st.lists(st.text("abc/*-+", min_size=1), max_size=3).map(tuple)


@pytest.mark.parametrize(
    ("said", "watched"),
    [
        ({}, {"main", "wip/a", "wip/b", "release/1"}),
        ({"refs": ("main",)}, {"main"}),
        ({"refs": ("main", "release/*")}, {"main", "release/1"}),
        ({"refs": ("refs/heads/wip/[a]",)}, {"wip/a"}),
        ({"refs": ("wip/?",), "exclude": ("wip/a",)}, {"wip/b"}),
        ({"exclude": ("wip/*", "main")}, {"release/1"}),
        ({"refs": ("main",), "tags": True}, {"main", "v1", "v2-rc"}),
        ({"refs": ("refs/tags/*",), "exclude": ("refs/tags/*-rc",)}, {"v1"}),
        ({"exclude": ("*", "refs/tags/*-rc"), "tags": True}, {"v1"}),
        ({"refs": ("refs/*",)}, {"main", "wip/a", "wip/b", "release/1", "v1", "v2-rc", "notes"}),
        ({"refs": ("refs/elsewhere/*",)}, {"notes"}),
        ({"refs": ("nothing",)}, set()),
    ],
)
def test_what_is_watched(repository: Repository, tmp_path: Path, said: dict[str, Any], watched: set[str]) -> None:
    """
    Patterns are as in a shell; those without refs/ are of branches; tags are added, and what is excluded is not.
    """
    oid = repository.commit("base")
    places = {"main": "heads", "wip/a": "heads", "wip/b": "heads", "release/1": "heads", "v1": "tags", "v2-rc": "tags"}
    everything = {name: f"refs/{folder}/{name}" for name, folder in places.items()} | {"notes": "refs/elsewhere/notes"}
    for ref in everything.values():
        repository.git("update-ref", ref, oid)
    settings = Settings(kind="git", url=str(repository.path), **said)

    seen = look(watch(repository.path, tmp_path, settings=settings))

    assert {everything[name] for name in watched} == set(seen)


def test_other_kinds_call_their_refs_as_they_like() -> None:
    """
    A source that is not git is watched whole, and its patterns are taken as they are.
    """
    everything = selection_of(Settings(kind="svn", url="x"))
    trunk = selection_of(Settings(kind="svn", url="x", refs=("trunk",)))

    assert everything.has("trunk")
    assert trunk.has("trunk")
    assert not trunk.has("refs/heads/trunk")


@given(refs=patterns, exclude=patterns)
def test_a_selection_can_be_written_down(refs: tuple[str, ...], exclude: tuple[str, ...]) -> None:
    """
    What a selection is written as is read as the same selection, whichever way round it was given.
    """
    selection = selection_of(Settings(kind="svn", url="x", refs=refs, exclude=exclude))
    turned = selection_of(Settings(kind="svn", url="x", refs=refs[::-1] + refs, exclude=exclude[::-1]))

    assert Selection.parse(selection.text) == selection
    assert turned.text == selection.text


@pytest.mark.parametrize(
    ("why", "pattern"),
    [
        ("begins with '-'", "-x"),
        ("begins with '-'", "--upload-pack=id"),
        ("a control character", "main\nrefs/heads/x"),
        ("a control character", "a\0b"),
        ("is empty", ""),
    ],
)
def test_patterns_that_are_refused(tmp_path: Path, why: str, pattern: str) -> None:
    """
    What could be an option or two lines is no pattern of refs, be it to watch or not to.
    """
    for settings in (
        Settings(kind="git", url="/srv/api.git", refs=("main", pattern)),
        Settings(kind="git", url="/srv/api.git", exclude=(pattern,)),
    ):
        with pytest.raises(NotAllowedError, match=why):
            watch("/srv/api.git", tmp_path, settings=settings)


def test_usual_patterns_are_not_refused() -> None:
    """
    A name of a branch is a pattern, though it has a hyphen or letters of any language.
    """
    assert refusal(Settings(kind="git", url="x", refs=("a-b", "grün", "refs/tags/v[0-9]*"))) is None
