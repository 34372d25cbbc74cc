"""Kinds of sources that installed packages bring, beside git."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from headwater.errors import SourceError
from headwater.sources.base import Backfilling
from headwater.sources.git import GitSource
from headwater.sources.kinds import Workplace, kinds
from headwater.values import Settings

BUCKET = """
class Bucket:
    def __init__(self, settings, workplace):
        self.name, self.label = workplace.name, settings.options["label"]

    async def look(self):
        return {"objects": f"{self.name} {self.label}"}

    async def fetch(self, moves, known):
        return moves

    async def commits(self, move, known):
        return
        yield
"""


@pytest.fixture
def packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """
    Where packages are installed: one with a kind of its own, a broken one, and one that wants to be git.
    """
    site = tmp_path / "site-packages"
    (site / "kinds-1.0.dist-info").mkdir(parents=True)
    points = {
        "bucket": "a_bucket:Bucket",
        "broken": "a_broken:Kind",
        "none": "a_bucket:None_",
        "git": "a_bucket:Bucket",
    }
    lines = ["[headwater.sources]", *(f"{name} = {place}" for name, place in points.items())]
    (site / "kinds-1.0.dist-info" / "METADATA").write_text("Name: kinds\nVersion: 1.0\n", encoding="utf-8")
    (site / "kinds-1.0.dist-info" / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")
    (site / "a_bucket.py").write_text(BUCKET, encoding="utf-8")
    (site / "a_broken.py").write_text("import no_such_module\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(site))
    return site


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """
    What a master lends to a source.
    """
    return Workplace(name="api", cache=tmp_path)


def test_git_is_there_by_itself(place: Workplace) -> None:
    """
    Git needs no other package, and can tell again what was told.
    """
    source = kinds()["git"](Settings(kind="git", url="/srv/api.git"), place)

    assert isinstance(source, GitSource)
    assert isinstance(source, Backfilling)


@pytest.mark.usefixtures("packages")
def test_a_kind_of_an_installed_package(place: Workplace) -> None:
    """
    A package brings a kind by an entry point; its source gets the settings and what the master lends.
    """
    source = kinds()["bucket"](Settings(kind="bucket", url="x", options={"label": "1"}), place)

    assert asyncio.run(source.look()) == {"objects": "api 1"}
    assert not isinstance(source, Backfilling)


@pytest.mark.usefixtures("packages")
def test_a_broken_package_stops_no_other(place: Workplace) -> None:
    """
    A package that cannot be imported is known by its kind, and is a sentence as soon as a source needs it.
    """
    found = kinds()

    assert {"git", "bucket", "broken", "none"} <= found.keys()
    with pytest.raises(SourceError) as raised:
        found["broken"](Settings(kind="broken", url="x"), place)
    expected = "api: the kind 'broken' (a_broken:Kind) cannot be loaded: ModuleNotFoundError: "
    assert str(raised.value) == f"{expected}No module named 'no_such_module'"
    with pytest.raises(SourceError, match="cannot be loaded: AttributeError"):
        found["none"](Settings(kind="none", url="x"), place)


@pytest.mark.usefixtures("packages")
def test_nobody_takes_the_place_of_git(place: Workplace) -> None:
    """
    What a package calls git is not used.
    """
    assert isinstance(kinds()["git"](Settings(kind="git", url="/srv/api.git"), place), GitSource)
