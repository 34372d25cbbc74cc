"""How git is run: without prompts, hooks or foreign settings, and never for ever."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from headwater.errors import AccessDeniedError, SourceError, UnreachableError
from headwater.sources.causes import cause, complaint
from headwater.sources.child import Child, inherited, running
from headwater.sources.login import Given, Login
from headwater.sources.progress import Progress
from headwater.sources.workplace import Workplace

_ALWAYS = ("-c", "core.commitGraph=true", "-c", "core.hooksPath=/dev/null", "-c", "protocol.version=2")

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
_NOTHING: Mapping[str, str] = {}

_PROBES = 5.0
"""How many times its patience a look may take in all: a host that sends a byte now and then is no host, either."""

_LONGEST = 1_000
"""Letters of a sentence on what went wrong: a command in it that cures it names a path, and has to be whole."""


def environment(ours: Mapping[str, str], hidden: Collection[str] = ()) -> dict[str, str]:
    """
    Return the environment that git gets, given our own and which variables are not for it.
    """
    return {name: value for name, value in inherited(ours, hidden).items() if _is_kept(name)} | _SET


def _is_kept(name: str) -> bool:
    return not name.startswith("GIT_") or name.startswith(_KEPT)


async def nobody() -> Login:
    """
    Log in as nobody in particular: what the user's own git is set up with may know better.
    """
    return Login()


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """
    How a git command ended; what it means is for the caller to say.
    """

    verb: str
    code: int
    output: bytes
    errors: bytes
    asked_host: bool


class Git:
    """
    The git program, run for one source.

    Args:
        workplace: whose name the errors carry, how long a command may be silent, and what must stay secret.
        login: returns what the host of the repository is to be given, if it asks.
        credential: what that is called, if it has a name.
    """

    def __init__(
        self,
        workplace: Workplace,
        *,
        login: Callable[[], Awaitable[Login]] = nobody,
        credential: str | None = None,
    ) -> None:
        self._workplace = workplace
        self._login = login
        self._credential = credential

    async def probe(self, verb: str, *arguments: str) -> Outcome:
        """
        Ask the host something that is soon answered; git's trace events are among the errors.
        """
        limit = self._workplace.timeout * _PROBES
        return await self._ask(verb, [verb, *arguments], env=_TRACED, limit=limit)

    async def get(self, verb: str, *arguments: str, options: Sequence[str] = (), stdin: bytes = b"") -> Outcome:
        """
        Get something from the host, however long that takes, and tell how far it has come.
        """
        return await self._ask(verb, [*options, verb, *arguments], stdin=stdin)

    async def _ask(
        self,
        verb: str,
        arguments: Sequence[str],
        *,
        env: Mapping[str, str] = _NOTHING,
        stdin: bytes = b"",
        limit: float | None = None,
    ) -> Outcome:
        login = await self._login()
        with login.given() as given:
            started = self._started(verb, arguments, given=given, env=env, stdin=stdin, limit=limit)
            async with started as child:
                return await self.outcome(verb, child, output=await _whole(child), asked_host=True)

    async def run(self, verb: str, *arguments: str, options: Sequence[str] = (), stdin: bytes = b"") -> Outcome:
        """
        Run a command that asks no host to its end; raise `SourceError` only if it does not end.
        """
        async with self.running(verb, *arguments, options=options, stdin=stdin) as child:
            return await self.outcome(verb, child, output=await _whole(child))

    def running(
        self, verb: str, *arguments: str, options: Sequence[str] = (), stdin: bytes = b""
    ) -> AbstractAsyncContextManager[Child]:
        """
        Start a command that asks no host, whose output is read piece by piece.
        """
        return self._started(verb, [*options, verb, *arguments], stdin=stdin)

    @asynccontextmanager
    async def _started(  # noqa: PLR0913 - all that a command can be given
        self,
        verb: str,
        arguments: Sequence[str],
        *,
        given: Given | None = None,
        env: Mapping[str, str] = _NOTHING,
        stdin: bytes = b"",
        limit: float | None = None,
    ) -> AsyncIterator[Child]:
        """
        Start git; what it is given to log in with is there only if it asks a host.
        """
        login = Given() if given is None else given
        ours = environment(os.environ, hidden=self._workplace.credentials.variables)
        try:
            async with running(
                ["git", *_ALWAYS, *login.options, *arguments],
                env={**ours, **login.environment, **env},
                patience=self._workplace.timeout,
                limit=limit,
                stdin=stdin,
                descriptors=login.descriptors,
                on_errors=Progress(self._workplace.on_progress).feed,
            ) as child:
                yield child
        except TimeoutError as error:
            late = SourceError if given is None else UnreachableError
            raise late(self._workplace.name, f"git {verb} {error} and was killed") from error
        except OSError as error:
            raise SourceError(self._workplace.name, f"git could not be started: {error.strerror}") from error

    async def outcome(self, verb: str, child: Child, *, output: bytes = b"", asked_host: bool = False) -> Outcome:
        """
        Wait for the end of a command whose output has been read.
        """
        code = await child.ended()
        errors = await child.complaint()
        return Outcome(verb=verb, code=code, output=output, errors=errors, asked_host=asked_host)

    def check(self, outcome: Outcome) -> bytes:
        """
        Return what a command printed, or raise the error that fits if it failed.
        """
        if not outcome.code:
            return outcome.output
        kind, sentence = cause(outcome.errors) if outcome.asked_host else (SourceError, complaint(outcome.errors))
        if kind is AccessDeniedError and self._credential is not None:
            sentence += f"; its credential is {self._credential!r}"
        problem = self._workplace.credentials.redactor(sentence)[:_LONGEST]
        raise kind(self._workplace.name, problem or f"git {outcome.verb} failed with code {outcome.code}")


async def _whole(child: Child) -> bytes:
    return b"".join([piece async for piece in child.output()])
