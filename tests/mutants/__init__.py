"""Faulty variants of the code, one patch each: a test that is worth something fails on every one of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

_PATCHES = Path(__file__).parent
_SOURCES = _PATCHES.parents[1] / "src"


def mutants(family: str = "") -> list[str]:
    """
    Return the mutants of a family, which is a folder of patches; those of none lie beside the folders.
    """
    return sorted(patch.stem for patch in (_PATCHES / family).glob("*.patch"))


def mutated(mutant: str, folder: Path, *, family: str = "") -> Path:
    """
    Return a copy of the package, in this folder, with the mistake of a mutant in it.
    """
    copy = shutil.copytree(_SOURCES, folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    subprocess.run(
        ["git", "apply", "--verbose", _PATCHES / family / f"{mutant}.patch"],
        cwd=folder,
        # The folder may lie in a repository: it is none of git's business here.
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(folder.parent)},
        check=True,
    )
    return copy


def preferring(sources: Path | None) -> dict[str, str]:
    """
    Return the environment of a program that is to run on a copy of the package; None is the installed one.
    """
    paths = filter(None, [str(sources or ""), os.environ.get("PYTHONPATH")])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def each_bad(bad_on: Mapping[str, Sequence[str]]) -> pytest.MarkDecorator:
    """
    Give a test each mutant with each database on which it does harm, as `mutant` and `database`.
    """
    cases = [
        pytest.param(mutant, kind, marks=getattr(pytest.mark, kind), id=f"{mutant}-{kind}")
        for mutant, kinds in bad_on.items()
        for kind in kinds
    ]
    return pytest.mark.parametrize(("mutant", "database"), cases, indirect=["database"])
