"""A source of a user's own, as the page about it has it: installed beside Headwater, and run by a master."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.acceptance.host import Host

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "write-your-own-source.md"


def block(language: str) -> str:
    """
    Return the first block of the page in a language.
    """
    found = re.search(rf"^```{language}\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def packages(tmp_path: Path) -> str:
    """
    A folder with the package of the page, as installers leave it.
    """
    folder = tmp_path / "packages"
    installed = folder / "acme_folder-1.0.dist-info"
    installed.mkdir(parents=True)
    (folder / "acme_folder.py").write_text(block("python"))
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-folder\nVersion: 1.0\n")
    entry = re.search(r'^folder = "(.*)"$', block("toml"), re.MULTILINE)
    assert entry is not None
    (installed / "entry_points.txt").write_text(f"[headwater.sources]\nfolder = {entry[1]}\n")
    return str(folder)


def test_it_has_thirty_lines() -> None:
    """
    The class of the page, with what it imports, has about thirty lines.
    """
    assert 25 <= len([line for line in block("python").splitlines() if line]) <= 35


def test_a_master_runs_it(lone_host: Host, packages: str) -> None:
    """
    It is added after a look, claimed by a master that knows its kind, and each file that changes is a change, once.
    """
    drop = lone_host.folder / "drop"
    drop.mkdir()
    (drop / "old.csv").write_text("1")
    (drop / "notes.txt").write_text("no csv")

    options = ("--kind=folder", "--name=prices", "--option=pattern=*.csv", "--poll=200ms")
    added = lone_host.headwater("add", str(drop), *options, PYTHONPATH=packages)
    kinds = lone_host.headwater("doctor", PYTHONPATH=packages).out
    run = lone_host.start("run", PYTHONPATH=packages)
    run.err.wait_for_line("^prices has 1 ref$")
    (drop / "prices.csv").write_text("1,2,3")
    run.out.wait_for_line(r"  prices  prices.csv  \(new\) \w{9}  1 commit  \?  prices.csv has changed$")
    (drop / "old.csv").unlink()
    run.out.wait_for_line(r"  prices  old.csv  \(deleted\)$")
    drop.rename(lone_host.folder / "away")
    run.err.wait_for_line("^prices cannot be looked at: the folder cannot be read: No such file or directory; ")

    assert ["prices is registered as source 1; 1 ref is watched"] == added.out
    assert any(line.startswith("kinds ") and line.endswith(" here: folder, git") for line in kinds)
    assert 0 == run.stop()
    assert 2 == len(run.out.all())


FAILING = """
class FolderSource:
    def __init__(self, settings, workplace):
        if settings.options.get("fails") == "at once":
            raise ValueError("no such folder")

    async def look(self):
        raise RuntimeError("no answer from\\nhttps://ci:hunter2@prices.example/")
"""


@pytest.mark.parametrize(
    ("option", "problem"),
    [
        ("fails=at once", "ValueError: no such folder"),
        ("fails=later", "RuntimeError: no answer from https://prices.example/"),
    ],
)
def test_whatever_it_raises_is_a_sentence(lone_host: Host, packages: str, option: str, problem: str) -> None:
    """
    What a class raises that is no error of Headwater's is told in one sentence without a secret, as a master tells it.
    """
    (Path(packages) / "acme_folder.py").write_text(FAILING)
    add = ("add", "drop", "--kind=folder", "--name=prices", f"--option={option}")
    tested = lone_host.headwater(*add, PYTHONPATH=packages)
    lone_host.headwater(*add, "--no-test", PYTHONPATH=packages)
    tried = lone_host.headwater("check", "prices", "--dry-run", PYTHONPATH=packages)

    said = f"headwater: prices: {problem}"
    assert (1, [], [f"{said}; nothing was registered, with --no-test it is"]) == (tested.code, tested.out, tested.err)
    assert (1, [], [said]) == (tried.code, tried.out, tried.err)


def test_who_does_not_know_it_leaves_it_alone(lone_host: Host, packages: str) -> None:
    """
    A master without the package does not claim such a source, and it is said what it waits for.
    """
    lone_host.headwater("add", str(lone_host.folder), "--kind=folder", "--name=drop", PYTHONPATH=packages)
    lone_host.clone("api")
    run = lone_host.run("api")
    run.err.wait_for_line("^api has 1 branch; ")
    sources = lone_host.headwater("sources").out

    assert any(re.search(r"^drop +unclaimed .*; waits for a master that runs folder$", line) for line in sources), (
        sources
    )
    run.stop()
