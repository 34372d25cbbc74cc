"""The one line to type to see a change of a repository on this host."""

from __future__ import annotations

from pathlib import Path

from headwater.sources.gitcommand import Git
from headwater.sources.workplace import Workplace
from headwater.values import Commit

_PATIENCE = 10.0


async def line_to_type(path: str, newest: Commit | None) -> list[str] | None:
    """
    Return a command that moves a branch: a commit, or a new branch where a commit would move none.

    None if there is neither a branch to commit to nor a commit to put a branch on.
    """
    if await _is_on_a_branch(path):
        return ["git", "-C", path, "commit", "--allow-empty", "-m", "hello headwater"]
    if newest is None:
        return None
    return ["git", "-C", path, "branch", "hello-headwater", newest.oid]


async def _is_on_a_branch(path: str) -> bool:
    git = Git(Workplace(name=path, cache=Path("/"), timeout=_PATIENCE))
    inside = await git.run("rev-parse", "--is-inside-work-tree", options=("-C", path))
    branch = await git.run("symbolic-ref", "--quiet", "HEAD", options=("-C", path))
    return inside.output == b"true\n" and branch.code == 0
