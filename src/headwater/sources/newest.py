"""The newest commit of a repository on this host, told without fetching anything."""

from __future__ import annotations

from pathlib import Path

from headwater.errors import SourceError
from headwater.sources.gitcommand import Git
from headwater.sources.gitlog import FORMAT, CommitReader
from headwater.sources.workplace import Workplace
from headwater.values import Commit

_PATIENCE = 10.0


async def newest_commit(path: str) -> Commit | None:
    """
    Return the branches' newest commit; None if there is none, or if it cannot be told.
    """
    git = Git(Workplace(name=path, cache=Path("/"), timeout=_PATIENCE))
    arguments = ("-1", "-z", "--branches", "--encoding=UTF-8", f"--format={FORMAT}", "--no-mailmap")
    try:
        printed = git.check(await git.run("log", *arguments, "--no-show-signature", options=("-C", path)))
    except SourceError:
        return None
    commits = CommitReader().feed(printed)
    return commits[0] if commits else None
