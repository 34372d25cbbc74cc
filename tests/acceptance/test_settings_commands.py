"""`add`, `set`, `rm` and `show`: sources as settings in the database."""

from __future__ import annotations

import os
import pty
import subprocess
from pathlib import Path
from typing import Any

import pytest

from headwater import Store
from headwater.identity import host
from tests.acceptance.processes import COMMAND, SOON
from tests.acceptance.registered import asked, refused, states
from tests.conformance.buildbot_tables import create
from tests.operator import headwater
from tests.sources.repository import Repository


@pytest.fixture
def api(tmp_path: Path) -> Repository:
    """
    A repository with the branches "main" and "dev", and a tag.
    """
    repository = Repository(tmp_path / "api.git")
    repository.branch("dev", repository.commit("first"))
    repository.git("tag", "v1", "main")
    return repository


@pytest.fixture
def lone(tmp_path: Path) -> str:
    """
    An empty database, in a file.
    """
    return f"sqlite:///{tmp_path}/headwater.db"


def test_a_source_from_beginning_to_end(database: str, api: Repository) -> None:
    """
    A source is added, shown, changed, renamed and removed, and is the same all the time; then its name is free again.
    """
    added = headwater(database, "add", str(api.path), "--poll=30s", "--ref=main", "--tags")
    shown = asked(database, "show", "api")
    changed = headwater(database, "set", "api", "poll=5s", "refs=", "name=API")
    after = asked(database, "show", "API")
    removed = headwater(database, "rm", "API", "--yes")
    again = asked(database, "add", str(api.path))

    assert (0, "api is registered as source 1; 2 refs are watched\n") == (added.returncode, added.stdout)
    assert ("unclaimed", 30.0, ["main"], True, host(), None) == (
        shown["source"]["state"],
        *(shown["settings"][key] for key in ("poll", "refs", "tags", "host")),
        shown["refs"],
    )
    assert "api: name  api -> API\napi: poll  30s -> 5s\napi: refs  main -> all branches\n" == changed.stdout
    assert (1, "API", 5.0, [], True) == (
        *(after["source"][key] for key in ("id", "name")),
        *(after["settings"][key] for key in ("poll", "refs", "tags")),
    )
    assert (0, "API is removed; its changes stay in the feed for 90d\n") == (removed.returncode, removed.stdout)
    assert ("api", 2, 2) == (again["name"], again["id"], again["refs"])


def test_every_option_of_add_is_a_setting(lone: str) -> None:
    """
    What the options say is what is registered; without a test the kind need not be known here.
    """
    words = "--name=files --ref=a/* --ref=b --exclude=a/x --tags --first-parent --poll=5m --credential=ci --keep=30d"
    more = "--kind=bucket --option=region=x --option=prefix=a=b --host=ci-b --no-test"
    added = asked(lone, "add", "s3://acme", *words.split(), *more.split())

    assert ("files", None) == (added["name"], added["refs"])
    assert {
        "kind": "bucket",
        "url": "s3://acme",
        "host": "ci-b",
        "poll": 300.0,
        "refs": ["a/*", "b"],
        "exclude": ["a/x"],
        "tags": True,
        "first_parent": True,
        "credential": "ci",
        "keep": 2_592_000.0,
        "options": {"region": "x", "prefix": "a=b"},
    } == added["settings"]


def test_a_name_clash_is_an_error(lone: str, api: Repository) -> None:
    """
    Neither `add` nor `set` gives a source the name of another one, and nothing is overwritten.
    """
    headwater(lone, "add", str(api.path))
    headwater(lone, "add", str(api.path), "--name=web", "--poll=5s")
    before = asked(lone, "sources")
    clash = "the name 'api' is that of change source 1: choose another, or rename that"

    assert f"headwater: {clash}" == refused(lone, "add", str(api.path), "--ref=dev")
    assert f"headwater: {clash}" == refused(lone, "set", "web", "name=api", "poll=1s")
    assert before == asked(lone, "sources")


def test_access_is_tested_first(lone: str, tmp_path: Path) -> None:
    """
    What cannot be seen from here is not registered, unless it is said that it need not be.
    """
    missing = f"{tmp_path}/missing"
    sentence = refused(lone, "add", missing)

    assert f"headwater: missing: '{missing}' does not appear to be a git repository; " in sentence
    assert sentence.endswith("nothing was registered, with --no-test it is")
    assert {} == states(lone)
    assert "missing is registered as source 1\n" == headwater(lone, "add", missing, "--no-test").stdout


def test_what_cannot_be_tested_here(lone: str) -> None:
    """
    A kind that no package here brings, and a path on another host, are told as what they are.
    """
    assert "sources of kind bucket cannot be run here: there are git; nothing was registered" in refused(
        lone, "add", "s3://acme", "--kind=bucket"
    )
    assert "/srv/api is a path on ci-b, and cannot be seen from here; nothing" in refused(
        lone, "add", "/srv/api", "--host=ci-b"
    )


def test_the_configuration_decides_what_may_be_seen(lone: str, api: Repository, tmp_path: Path) -> None:
    """
    `add` looks as a master of this host would: only below the folders of its configuration, and with its credentials.
    """
    config = tmp_path / "host.toml"
    config.write_text('[paths]\nroots = ["/nowhere"]')
    outside = refused(lone, "add", str(api.path), f"--config={config}")
    unknown = refused(lone, "add", "https://127.0.0.1:9/api.git", "--credential=ci", f"--config={config}")
    config.write_text("[path]")
    broken = refused(lone, "add", str(api.path), f"--config={config}")

    assert "is outside of the folders that this master may read" in outside
    assert "the credential 'ci' is unknown to this master" in unknown
    assert f"headwater: {config}: path: there is no such key; there are credentials, paths and limits" in broken


def test_a_secret_is_refused_and_not_repeated(lone: str) -> None:
    """
    A URL with a password ends with 2, says how it is done right, and the password is nowhere.
    """
    ended = headwater(lone, "add", "https://ana:hunter2@git.example/api.git", "--no-test")

    assert 2 == ended.returncode
    assert "write https://git.example/api.git, and name a credential" in ended.stderr
    assert "hunter2" not in ended.stdout + ended.stderr
    assert {} == states(lone)


def test_what_is_so_already(lone: str, api: Repository) -> None:
    """
    `set` to what is there already says so and ends with 0.
    """
    headwater(lone, "add", str(api.path))
    ended = headwater(lone, "set", "api", "poll=60s", "name=api")

    assert (0, "api is so already\n") == (ended.returncode, ended.stdout)


@pytest.mark.parametrize(
    ("mine", "theirs"), [("poll=5s", "name=backend"), ("name=backend", "poll=5s"), ("refs=main", "keep=1d")]
)
def test_two_who_set_at_once(
    lone: str, api: Repository, monkeypatch: pytest.MonkeyPatch, mine: str, theirs: str
) -> None:
    """
    What another `set` does between the look at a source and the edit of it stays, its new name too.
    """
    edit = Store.edit

    def edit_second(store: Store, **what: Any) -> dict[str, int]:  # noqa: ANN401 - whatever edit takes
        monkeypatch.setattr(Store, "edit", edit)
        assert 0 == headwater(lone, "set", "api", theirs).returncode
        return store.edit(**what)

    headwater(lone, "add", str(api.path))
    monkeypatch.setattr(Store, "edit", edit_second)
    ended = headwater(lone, "set", "api", mine)
    name = "backend" if "name=backend" in {mine, theirs} else "api"
    settings = asked(lone, "show", name)["settings"]
    both = {"poll": 5.0} if name == "backend" else {"refs": ["main"], "keep": 86400.0}

    assert 0 == ended.returncode
    assert both == {key: settings[key] for key in both}


def test_what_was_changed_for_programs(lone: str, api: Repository) -> None:
    """
    `set` answers with the difference, values as values.
    """
    headwater(lone, "add", str(api.path))
    changed = asked(lone, "set", "api", "refs=main,dev", "first_parent=yes")

    assert [
        {"key": "refs", "before": [], "after": ["main", "dev"]},
        {"key": "first_parent", "before": False, "after": True},
    ] == changed["differences"]


def test_nothing_is_removed_unasked(lone: str, api: Repository) -> None:
    """
    Where nobody can be asked, `rm` needs --yes; if one of the names is not there, none is removed.
    """
    headwater(lone, "add", str(api.path))

    assert "headwater: nothing was done: nobody is there to be asked, so say --yes" == refused(lone, "rm", "api")
    assert "headwater: there is no change source 'web'" == refused(lone, "rm", "api", "web", "--yes", code=3)
    assert ["api"] == list(states(lone))


@pytest.mark.parametrize(("typed", "left"), [("n", ["api"]), ("y", [])])
def test_who_sits_at_a_terminal_is_asked(lone: str, api: Repository, typed: str, left: list[str]) -> None:
    """
    On a terminal `rm` asks what is to be removed, and does it only if told so.
    """
    headwater(lone, "add", str(api.path))
    ours, theirs = pty.openpty()
    command = [str(COMMAND), "--database", lone, "rm", "api"]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE) as process:
        os.write(ours, f"{typed}\n".encode())
        _, asked_for = process.communicate(timeout=SOON)
    os.close(theirs)
    os.close(ours)

    assert b"Remove api, and forget what was seen there? [y/N]: " in asked_for
    assert (0, left) == (process.returncode, list(states(lone)))


def test_what_has_no_settings(lone: str) -> None:
    """
    A name that is claimed by name only has no settings to change, and can be shown and removed.
    """
    with Store(lone) as store:
        store.register(["nightly"])
    assert "has no settings" in refused(lone, "set", "nightly", "poll=5s")
    assert "has no settings" in refused(lone, "pause", "nightly", "--why=x")
    assert (None, "unclaimed") == (
        (shown := asked(lone, "show", "nightly"))["settings"],
        shown["source"]["state"],
    )
    assert 0 == headwater(lone, "show", "nightly").returncode
    assert [{"id": 1, "name": "nightly", "holder_name": None, "keep": None}] == asked(lone, "rm", "nightly", "--yes")


@pytest.mark.parametrize("arguments", [["show", "\udcff"], ["pause", "api", "--why=\udcff"], ["add", "\udcff"]])
def test_what_is_not_utf_8(lone: str, arguments: list[str]) -> None:
    """
    An argument of bytes that are no text is wrong usage, and one sentence.
    """
    assert "headwater: an argument is not in UTF-8: no database could hold it" == refused(lone, *arguments, code=2)


def test_nothing_is_run_on_buildbots_database(lone: str) -> None:
    """
    `run` on Buildbot's database is refused with a sentence that says who runs its sources.
    """
    create(lone)

    assert refused(lone, "run").endswith("Buildbot's own masters run its sources, with Headwater's plugin if you like")


@pytest.mark.parametrize(
    "arguments",
    [
        ["add", "https://git.example/x", "--no-test"],
        ["set", "linux", "poll=5s"],
        ["rm", "linux", "--yes"],
        ["show", "linux"],
        ["check", "linux"],
        ["pause", "linux", "--why=x"],
        ["resume", "linux"],
        ["inject", "linux"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_buildbots_database_has_no_settings(lone: str, arguments: list[str]) -> None:
    """
    On Buildbot's database each of them is refused with one sentence.
    """
    create(lone)
    with Store(lone) as store:
        store.register(["linux"])

    assert "is Buildbot's database; this needs one of Headwater's own" in refused(
        lone, *arguments, stdin='{"ref":"x","after":"1"}'
    )
