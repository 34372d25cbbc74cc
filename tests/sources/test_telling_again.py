"""What is told again since a commit, if somebody asks."""

from __future__ import annotations

import asyncio

import pytest

from headwater.errors import SourceError
from headwater.sources.git import GitSource
from headwater.values import Move

from .polling import Told, look, poll
from .repository import Repository

MAIN = "refs/heads/main"


def since(source: GitSource, rev: str, tips: dict[str, str]) -> list[Told]:
    """
    Tell again what came since a commit.
    """

    async def tell() -> list[Told]:
        moves = await source.since(rev, tips)
        return [Told(move, [commit async for commit in source.commits_since(move)]) for move in moves]

    return asyncio.run(tell())


def test_telling_again(repository: Repository, source: GitSource) -> None:
    """
    What came since a commit is told again with that commit, for each branch that has it, by the start of its id.
    """
    base, one, *_ = repository.history("base", "one", "two")
    side = repository.commit("side", branch="side", parents=(base,))
    merge = repository.commit("merge", parents=(*repository.parents("main"), side))
    repository.commit("elsewhere", branch="elsewhere", parents=())
    repository.commit("feature", branch="feature", parents=(one,))

    feature, main = since(source, one[:12].upper(), dict(look(source)))

    assert main.move == Move(ref=MAIN, before=one, after=merge)
    assert [*main.messages[:1], *sorted(main.messages[1:-1]), *main.messages[-1:]] == ["one", "side", "two", "merge"]
    assert (feature.move.ref, feature.messages) == ("refs/heads/feature", ["one", "feature"])


def test_telling_everything_again(repository: Repository, source: GitSource) -> None:
    """
    From the first commit on a whole history is told, without a limit.
    """
    position = look(source)
    repository.import_commits(1_203)
    poll(source, position)
    first = repository.git("rev-list", "--max-parents=0", "main")

    [told] = since(source, first, dict(look(source)))

    assert told.messages == [str(number) for number in range(1_203)]


def test_telling_from_a_commit_that_nobody_has(repository: Repository, source: GitSource) -> None:
    """
    A commit that no watched branch has is one sentence.
    """
    repository.commit("base")

    with pytest.raises(SourceError, match="no ref that is watched has a commit 01234567 in its history"):
        since(source, "01234567", dict(look(source)))
