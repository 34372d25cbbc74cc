"""What goes wrong is one sentence on standard error and a fitting exit code, without a traceback or a password."""

from __future__ import annotations

import pytest

from tests.acceptance.host import Host
from tests.acceptance.records import ids

SECRET = "hunter2"


@pytest.mark.parametrize(
    "arguments",
    [
        ["watch"],
        ["--nonsense"],
        ["run", "--nonsense", "."],
        ["run", "--poll=soon", "."],
        ["run", "--poll=0s", "."],
        ["changes", "--after=-1"],
        ["changes", "--format=xml"],
        ["release"],
        ["set", "api"],
        ["set", "api", "poll"],
        ["set", "api", "pol=3s"],
        ["pause", "api"],
        ["sources", "--state=fine"],
    ],
    ids=" ".join,
)
def test_wrong_usage(lone_host: Host, arguments: list[str]) -> None:
    """
    An unknown command or option, or a value that makes no sense, ends with 2 and says how it is used.
    """
    ended = lone_host.headwater(*arguments)

    assert (2, []) == (ended.code, ended.out)
    assert ended.err[0].startswith("Usage: headwater ")
    assert ended.err[-1].startswith("Error: ")


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        f"{SECRET}:nonsense",
        f"postgresql://ci:{SECRET}@127.0.0.1:port/x",
        f"postgresql://ci:{SECRET}@127.0.0.1:1/x",
        f"mysql://ci:{SECRET}@127.0.0.1:1/x",
        f"oracle://ci:{SECRET}@127.0.0.1/x",
        "sqlite:////proc/headwater.db",
        "sqlite:///missing/headwater.db",
    ],
)
def test_a_database_that_cannot_be_used(lone_host: Host, url: str) -> None:
    """
    A database URL that is malformed, leads nowhere or may not be written ends with 1 and one sentence.
    """
    ended = lone_host.headwater("--database", url, "changes")

    (sentence,) = ended.err
    assert (1, []) == (ended.code, ended.out)
    assert sentence.startswith("headwater: ")
    assert SECRET not in sentence


@pytest.mark.parametrize("arguments", [["run", "."], ["release", "api"]], ids=" ".join)
def test_every_command_says_it_alike(lone_host: Host, arguments: list[str]) -> None:
    """
    Whatever the command, a database that cannot be reached is the same sentence.
    """
    ended = lone_host.headwater("--database=sqlite:////proc/x.db", *arguments)

    assert 1 == ended.code
    assert ["headwater: sqlite:////proc/x.db: unable to open database file"] == ended.err


@pytest.mark.parametrize(
    "url",
    [f"https://ana:{SECRET}@git.example/api.git", f"https://{SECRET}@git.example/api.git", f"ssh://a:{SECRET}@x/y"],
)
def test_a_password_in_a_url(lone_host: Host, url: str) -> None:
    """
    A URL with a password is refused before anything is registered, and the password is not repeated.
    """
    lone_host.clone("api")

    ended = lone_host.headwater("run", "api", url)

    assert {} == ids(lone_host.database)
    assert 2 == ended.code
    assert "name a credential" in ended.err[-1]
    assert SECRET not in "".join(ended.err)


@pytest.mark.parametrize("url", ["ext::sh -c id", "", "https://git.example/a\nb"])
def test_what_git_is_never_given(lone_host: Host, url: str) -> None:
    """
    What git could take for a command is refused.
    """
    ended = lone_host.headwater("run", "--", url)

    assert (2, []) == (ended.code, ended.out)
