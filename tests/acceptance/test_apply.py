"""`apply`: the registry matches a file afterwards, and what is to be done is shown before."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path

import pytest

from headwater import Store
from tests.acceptance.processes import COMMAND, SOON
from tests.acceptance.registered import asked, refused
from tests.conformance.rows import run
from tests.operator import headwater

FILE = """
[defaults]
poll = "30s"

[sources.api]
url = "/srv/api"
host = "ci-a"
refs = ["main", "release/*"]

[sources.web]
url = "https://git.example/web.git"
credential = "ci"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """
    A file with two sources.
    """
    path = tmp_path / "sources.toml"
    path.write_text(FILE)
    return path


def test_the_registry_matches_the_file(database: str, file: Path) -> None:
    """
    What is new is added, what differs is changed, what is not in the file goes with --prune alone; ids stay.
    """
    first = headwater(database, "apply", str(file), "--yes")
    headwater(database, "add", "https://git.example/old.git", "--no-test")
    file.write_text(FILE.replace("30s", "5s"))
    second = headwater(database, "apply", str(file), "--yes")
    third = headwater(database, "apply", str(file), "--prune", "--yes")
    sources = {source["name"]: source for source in asked(database, "sources")}

    assert [
        "+ api",
        "    url  /srv/api",
        "    host  ci-a",
        "    poll  30s",
        "    refs  main, release/*",
        "+ web",
        "    url  https://git.example/web.git",
        "    poll  30s",
        "    credential  ci",
        "2 to add; 0 unchanged.",
        "Done.",
    ] == first.stdout.splitlines()
    assert [
        "~ api",
        "    poll  30s -> 5s",
        "~ web",
        "    poll  30s -> 5s",
        "2 to change; 0 unchanged; 1 source more, which the file does not have.",
        "Done.",
    ] == second.stdout.splitlines()
    assert ["- old", "1 to remove; 2 unchanged.", "Done."] == third.stdout.splitlines()
    assert {"api": 1, "web": 2} == {name: source["id"] for name, source in sources.items()}


def test_nothing_is_to_be_done(tmp_path: Path, file: Path) -> None:
    """
    A file that the registry matches already changes nothing, says so, and asks nobody.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    headwater(database, "apply", str(file), "--yes")
    before = run(database, "SELECT number FROM edits")
    ended = headwater(database, "apply", str(file), "--prune")

    assert (0, "Nothing is to be done: 2 sources as the file says.\n") == (ended.returncode, ended.stdout)
    assert before == run(database, "SELECT number FROM edits")


def test_the_plan_alone(tmp_path: Path, file: Path) -> None:
    """
    Where nobody can be asked and --yes is not said, the plan is shown and nothing is done.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    ended = headwater(database, "apply", str(file))

    assert (1, "2 to add; 0 unchanged.") == (ended.returncode, ended.stdout.splitlines()[-1])
    assert "headwater: nothing was done: nobody is there to be asked, so say --yes\n" == ended.stderr
    assert [] == asked(database, "sources")


@pytest.mark.parametrize(
    ("meanwhile", "left"),
    [
        (["set", "web", "poll=7s"], {"api": 30.0, "web": 7.0}),
        (["set", "api", "name=backend"], {"backend": 30.0, "web": 30.0}),
        (["rm", "web", "--yes"], {"api": 30.0}),
    ],
)
def test_the_plan_is_what_is_done(tmp_path: Path, file: Path, meanwhile: list[str], left: dict[str, float]) -> None:
    """
    When the registry is edited while the question waits, nothing is done, and the sentence says what to do.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    headwater(database, "apply", str(file), "--yes")
    file.write_text(FILE.replace("[sources.api]", "[sources.new]").replace("30s", "5s"))
    ours, theirs = pty.openpty()
    command = [str(COMMAND), "--database", database, "apply", str(file), "--prune"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        asked_for = process.stderr.read(len("Do that? [y/N]: "))
        ended = headwater(database, *meanwhile)
        os.write(ours, b"y\n")
        _, complaint = process.communicate(timeout=SOON)
    os.close(theirs)
    os.close(ours)

    assert (b"Do that? [y/N]: ", 0, 1) == (asked_for, ended.returncode, process.returncode)
    assert f"nothing was done: run `headwater apply {file}` again" in complaint.decode()
    assert left == {watched.name: watched.settings.poll for watched in Store(database).watched()}


def test_a_plan_for_programs(tmp_path: Path, file: Path) -> None:
    """
    As JSON, the plan comes with what became of it; without --yes that is nothing.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    planned = asked(database, "apply", str(file))
    applied = asked(database, "apply", str(file), "--yes")
    again = asked(database, "apply", str(file))

    assert planned == applied | {"is_done": False, "ids": {}}
    assert (["api", "web"], True, {"api": 1, "web": 2}) == (
        [added["name"] for added in applied["plan"]["add"]],
        applied["is_done"],
        applied["ids"],
    )
    assert ([], 2, False) == (again["plan"]["add"], again["plan"]["unchanged"], again["is_done"])


def test_all_or_nothing(tmp_path: Path, file: Path) -> None:
    """
    A file with a fault changes nothing, and a name that only the connector knows is not taken.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    with Store(database) as store:
        store.register(["web"])
    assert "the name 'web' is that of change source 1" in headwater(database, "apply", str(file), "--yes").stderr

    file.write_text(f"{FILE}\nrefs = 'main'")
    sentence = refused(database, "apply", str(file), "--yes")

    assert f"headwater: {file}: sources.web.refs: a list of texts is expected" in sentence
    assert ["web"] == [source["name"] for source in asked(database, "sources")]


def test_a_new_name_is_suspected(tmp_path: Path, file: Path) -> None:
    """
    Where a source would be removed and the same repository added under another name, the plan says how to rename.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    headwater(database, "apply", str(file), "--yes")
    file.write_text(FILE.replace("sources.web", "sources.site"))
    ended = headwater(database, "apply", str(file), "--prune")

    assert "- web  (if this is a new name: headwater set web name=site)" in ended.stdout
