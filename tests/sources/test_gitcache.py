"""Hosts that know less than they did, or nothing: what is told must not depend on it."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from headwater.errors import SourceError
from headwater.sources.git import GitSource
from headwater.sources.giturl import folder_name
from headwater.values import Commit, Move

from .polling import look, poll
from .repository import Repository

MAIN = "refs/heads/main"


@pytest.fixture
def folder(repository: Repository, cache: Path) -> Path:
    """
    Where the source keeps its commits.
    """
    return cache / folder_name("api", str(repository.path))


def ruin_head(folder: Path) -> None:
    """
    Leave what a crash during the first poll may leave.
    """
    (folder / "HEAD").write_bytes(b"")


def ruin_packs(folder: Path) -> None:
    """
    Leave what a bad disk may leave.
    """
    for pack in folder.glob("objects/pack/*.pack"):
        pack.chmod(0o600)
        pack.write_bytes(b"")


def leave_locks(folder: Path) -> None:
    """
    Leave the locks of a git that was killed, one for every ref.
    """
    for ref in folder.glob("refs/headwater/*"):
        ref.with_name(f"{ref.name}.lock").touch()


def leave_pieces(folder: Path) -> None:
    """
    Leave a piece of a pack whose fetch was killed.
    """
    (folder / "objects" / "pack" / "tmp_pack_1").write_bytes(b"PACK")


@pytest.mark.parametrize("ruin", [shutil.rmtree, ruin_head, ruin_packs, leave_locks, leave_pieces])
def test_a_ruined_cache_is_made_anew(
    repository: Repository, source: GitSource, folder: Path, ruin: Callable[[Path], None]
) -> None:
    """
    A cache that is gone, broken or locked costs another fetch, never a commit.
    """
    repository.commit("base")
    position = look(source)
    repository.commit("one")
    poll(source, position)
    ruin(folder)
    repository.commit("two")

    [told] = poll(source, position)

    assert told.messages == ["one", "two"]
    assert not list(folder.glob("objects/pack/tmp_*"))


def test_a_cache_with_a_hole_is_thrown_away(repository: Repository, source: GitSource, folder: Path) -> None:
    """
    A history that cannot be read to its end is an error, not a shorter history; the next poll is complete.
    """
    position = look(source)
    repository.commit("one")
    poll(source, position)
    packs = list(folder.glob("objects/pack/*"))
    move = Move(ref=MAIN, before=None, after=repository.commit("two"))
    asyncio.run(source.fetch([move], []))
    for pack in packs:
        pack.unlink()

    async def read() -> list[Commit]:
        return [commit async for commit in source.commits(move, [])]

    with pytest.raises(SourceError):
        asyncio.run(read())
    assert not folder.exists()
    assert [told.messages for told in poll(source, position)] == [["one", "two"]]


def test_a_cache_deleted_in_the_middle_of_a_poll(repository: Repository, source: GitSource, cache: Path) -> None:
    """
    A cache deleted between the fetch and the reading is made anew, and every commit is told.
    """
    base = repository.commit("base")
    move = Move(ref=MAIN, before=base, after=repository.commit("one"))

    async def read() -> list[Commit]:
        await source.fetch([move], [base])
        shutil.rmtree(cache)
        return [commit async for commit in source.commits(move, [base])]

    assert [commit.message for commit in asyncio.run(read())] == ["one"]


def test_rewritten_on_a_host_that_knows_nothing(repository: Repository, source: GitSource) -> None:
    """
    A push by force is told exactly on a host with an empty cache: the old tip is fetched by its id.
    """
    repository.history(*map(str, range(20)))
    position = look(source)
    repository.amend("rewritten")
    repository.commit("next")

    [told] = poll(source, position)

    assert told.move.forced
    assert told.messages == ["rewritten", "next"]


def test_rewritten_and_forgotten(repository: Repository, source: GitSource) -> None:
    """
    If nobody has the old tip any more, only the new one is told: a forced move, not a flood.
    """
    repository.history(*map(str, range(20)))
    position = look(source)
    tip = repository.amend("rewritten")
    repository.forget()

    [told] = poll(source, position)

    assert told.move.forced
    assert [commit.oid for commit in told.commits] == [tip]


def test_forgotten_tips_do_not_spoil_the_others(repository: Repository, source: GitSource) -> None:
    """
    Of several old tips those that are still to be had make their moves exact.
    """
    base = repository.commit("base")
    for branch in ("a", "b", "c"):
        repository.commit(branch, branch=branch, parents=(base,))
    position = look(source)
    kept = position["refs/heads/a"]
    for branch in ("a", "b", "c"):
        repository.commit(f"new {branch}", branch=branch, parents=(base,))
    repository.git("update-ref", "refs/elsewhere/a", kept)
    repository.commit("next", branch="main")
    repository.forget()

    told = poll(source, position)

    assert [each.messages for each in told] == [["new a"], ["new b"], ["new c"], ["next"]]
    assert [each.move.forced for each in told] == [True, True, True, False]


def test_a_new_branch_on_a_host_that_knows_nothing(repository: Repository, source: GitSource) -> None:
    """
    A new branch brings only its own commits on a host that has none of the other branches.
    """
    base, *_ = repository.history("base", "one", "two")
    position = look(source)
    repository.commit("feature", branch="feature", parents=(base,))
    repository.commit("more", branch="feature")

    [told] = poll(source, position)

    assert told.messages == ["feature", "more"]


def test_a_new_branch_when_the_old_ones_are_forgotten(repository: Repository, source: GitSource) -> None:
    """
    A new branch beside a rewritten one whose old tip is gone brings its tip only.
    """
    repository.history("base", "one", "two")
    position = look(source)
    repository.amend("rewritten")
    repository.history("feature", branch="feature")
    repository.commit("more", branch="feature")
    repository.forget()

    new, _ = poll(source, position)

    assert new.messages == ["more"]


def test_many_packs_are_thrown_away(
    repository: Repository, source: GitSource, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A cache that has grown by too many fetches starts afresh.
    """
    monkeypatch.setattr("headwater.sources.gitcache._MOST_PACKS", 2)
    repository.commit("base")
    position = look(source)
    for number in range(6):
        repository.commit(str(number))
        poll(source, position)

    assert len(list(folder.glob("objects/pack/*.pack"))) <= 3


def test_files_are_left_out(repository: Repository, source: GitSource, folder: Path) -> None:
    """
    The cache has commits without the files, and says so to git.
    """
    position = look(source)
    repository.commit("base")
    poll(source, position)

    assert list(folder.glob("objects/pack/*.promisor"))


def test_no_url_is_written_to_the_cache(repository: Repository, source: GitSource, folder: Path) -> None:
    """
    The cache does not say where it is from, so that no password can be found in it.
    """
    position = look(source)
    repository.commit("base")
    poll(source, position)

    written = [path for path in folder.rglob("*") if path.is_file() and bytes(repository.path) in path.read_bytes()]
    assert written == []


def test_a_failure_of_the_host_is_not_taken_for_forgetting(repository: Repository, source: GitSource) -> None:
    """
    If old tips cannot be asked for, the poll fails and is made again, instead of telling less.
    """
    base = repository.commit("base")
    tip = repository.commit("next")
    move = Move(ref=MAIN, before=base, after=tip)
    asyncio.run(source.fetch([move], []))
    shutil.rmtree(repository.path)

    with pytest.raises(SourceError, match="does not appear to be a git repository"):
        asyncio.run(source.fetch([Move(ref=MAIN, before="1" * 40, after=tip)], []))
