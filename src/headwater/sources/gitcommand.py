"""How git is run: without prompts, hooks or foreign settings, and never for ever."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from headwater.errors import SourceError
from headwater.sources.child import Child, running
from headwater.sources.gitlog import complaint

_ALWAYS = ("-c", "core.hooksPath=/dev/null", "-c", "protocol.version=2")

_KEPT = (
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_GLOBAL",
    "GIT_CONFIG_KEY_",
    "GIT_CONFIG_NOSYSTEM",
    "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_VALUE_",
    "GIT_EXEC_PATH",
    "GIT_HTTP_",
    "GIT_PROXY_",
    "GIT_SSH",
    "GIT_SSL_",
)
"""How to reach hosts; what else begins with GIT_ may come from a hook that we run in, and name its repository."""

_SET = {
    "GCM_INTERACTIVE": "never",
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",
    "GIT_ASKPASS": "",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
    "SSH_ASKPASS": "",
    "SSH_ASKPASS_REQUIRE": "never",
}

_TRACED = {"GIT_TRACE2_EVENT": "1"}


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """
    Return the environment that git gets, given our own.
    """
    kept = {name: value for name, value in ours.items() if not name.startswith("GIT_") or name.startswith(_KEPT)}
    return kept | _SET


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    How a git command ended; what it means is for the caller to say.
    """

    verb: str
    code: int
    output: bytes
    errors: bytes

    @property
    def problem(self) -> str:
        """
        One sentence on what went wrong.
        """
        return complaint(self.errors) or f"git {self.verb} failed with code {self.code}"


class Git:
    """
    The git program, run for one source.

    Args:
        source: whose name the errors carry.
        patience: seconds that a command may be silent before it is killed.
    """

    def __init__(self, *, source: str, patience: float) -> None:
        self._source = source
        self._patience = patience

    async def run(
        self, verb: str, *arguments: str, options: Sequence[str] = (), stdin: bytes = b"", traced: bool = False
    ) -> Outcome:
        """
        Run a command to its end and return all that it printed; raise `SourceError` only if it does not end.

        If it is traced, git's trace events are among the errors.
        """
        async with self.running(verb, *arguments, options=options, stdin=stdin, traced=traced) as child:
            output = b"".join([piece async for piece in child.output()])
            return await self.outcome(verb, child, output=output)

    @asynccontextmanager
    async def running(
        self, verb: str, *arguments: str, options: Sequence[str] = (), stdin: bytes = b"", traced: bool = False
    ) -> AsyncIterator[Child]:
        """
        Start a command whose output is read piece by piece.
        """
        command = ["git", *_ALWAYS, *options, verb, *arguments]
        env = environment(os.environ) | (_TRACED if traced else {})
        try:
            async with running(command, env=env, stdin=stdin, patience=self._patience) as child:
                yield child
        except TimeoutError as error:
            problem = f"git {verb} gave no sign of life for {self._patience:g} s and was killed"
            raise SourceError(self._source, problem) from error
        except OSError as error:
            raise SourceError(self._source, f"git could not be started: {error.strerror}") from error

    async def outcome(self, verb: str, child: Child, *, output: bytes = b"") -> Outcome:
        """
        Wait for the end of a command whose output has been read.
        """
        code = await child.ended()
        return Outcome(verb=verb, code=code, output=output, errors=await child.complaint())

    def check(self, outcome: Outcome) -> bytes:
        """
        Return what a command printed, or raise `SourceError` if it failed.
        """
        if outcome.code:
            raise SourceError(self._source, outcome.problem)
        return outcome.output
