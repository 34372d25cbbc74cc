"""How git is given what it logs in with: never as an argument, in the environment or on a disk."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Given:
    """
    What one git command is started with, that it may log in.
    """

    options: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    descriptors: Sequence[int] = ()
    """The file descriptors that it inherits."""


class Login:
    """
    Nothing to log in with, except for what the user's own git is set up with.
    """

    @contextmanager
    def given(self) -> Iterator[Given]:
        """
        Have something ready for one command, and take it back when that has ended.
        """
        yield Given()


@dataclass(frozen=True)
class KeyLogin(Login):
    """
    A private key for ssh, before all that the user's configuration of ssh names for the host.

    That is read all the same: without it there would be no way to hosts behind a proxy, and ssh has no other way to
    leave out the keys in it.
    """

    key: str

    @contextmanager
    def given(self) -> Iterator[Given]:
        """
        Tell ssh the path of the key.
        """
        ssh = ["ssh", "-i", self.key, "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"]
        yield Given(environment={"GIT_SSH_COMMAND": shlex.join(ssh)})


@dataclass(frozen=True, kw_only=True)
class SecretLogin(Login):
    """
    A user and a secret, for one host only: whoever git is sent on to gets neither.
    """

    scope: str
    """The host with its protocol, as git compares it."""
    username: str
    secret: str = field(repr=False)

    @contextmanager
    def given(self) -> Iterator[Given]:
        """
        Put the secret into a pipe, which git empties when the host asks for it.
        """
        reading, writing = os.pipe()
        try:
            with os.fdopen(writing, "wb") as pipe:
                pipe.write(f"username={self.username}\npassword={self.secret}\n".encode())
            # An empty one first: no helper of the user's is asked, or told what worked.
            helper = f'!f() {{ test "$1" = get && cat /dev/fd/{reading}; }}; f'
            options = ("-c", "credential.helper=", "-c", f"credential.{self.scope}.helper={helper}")
            yield Given(options=options, descriptors=(reading,))
        finally:
            os.close(reading)
