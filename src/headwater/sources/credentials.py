"""Credentials: names in the database, which each master looks up in its own configuration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from headwater.errors import CredentialError
from headwater.sources.giturl import origin
from headwater.sources.login import KeyLogin, Login, SecretLogin
from headwater.sources.redaction import Redactor
from headwater.sources.secret import REFERENCE, resolve

_BREAKS_LINES = re.compile(r"[\0\r\n]")


class Credential(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """
    What one name stands for on this master: where a secret is to be had, or a key for ssh, and for which hosts.
    """

    hosts: tuple[str, ...]
    """As ``git.example.com``, with a port if it is not the usual one; ``http://…`` if it may go there unencrypted."""
    username: str = "git"
    """What the host wants to hear besides the secret; most do not care, if the secret is a token."""
    secret: str | None = None
    """``env:NAME``, ``file:/a/path`` or ``cmd:command``; never the secret itself."""
    key: str | None = None
    """The path of a private key for ssh."""

    def __post_init__(self) -> None:
        if problem := self._problem():
            raise ValueError(problem)

    def _problem(self) -> str | None:
        if (self.secret is None) == (self.key is None):
            return "a credential has either a secret or a key"
        if self.secret is not None and REFERENCE.fullmatch(self.secret) is None:
            return "a secret is written as env:NAME, file:/a/path or cmd:command; itself it does not belong here"
        if self.key is not None and not Path(self.key).is_absolute():
            return "the key of a credential is an absolute path"
        if not self.hosts:
            return "a credential names the hosts that it is for"
        if _BREAKS_LINES.search(self.username):
            return "the username of a credential is one line"
        wrong = [host for host in self.hosts if not _is_host(host)]
        return f"{wrong[0]!r} is no host, as git.example.com is one" if wrong else None

    @property
    def origins(self) -> frozenset[str]:
        """
        The hosts with their protocols, as `origin` names them.
        """
        scheme = "https" if self.key is None else "ssh"
        return frozenset(origin(host if "://" in host else f"{scheme}://{host}") or "" for host in self.hosts)


def _is_host(host: str) -> bool:
    try:
        split = urlsplit(host if "://" in host else f"https://{host}")
        _ = split.port
    except ValueError:
        return False
    is_bare = split.username is None and not split.path and not split.query
    return bool(split.hostname) and is_bare and split.scheme in {"http", "https", "ssh"}


class Credentials:
    """
    The credentials that this master has, by their names, and what keeps their secrets out of every text.
    """

    def __init__(self, by_name: Mapping[str, Credential] | None = None) -> None:
        self._by_name = dict(by_name or {})
        self.redactor = Redactor()

    @property
    def variables(self) -> frozenset[str]:
        """
        The environment variables in which secrets stand; no child gets them.
        """
        forms = (REFERENCE.fullmatch(credential.secret or "") for credential in self._by_name.values())
        return frozenset(form[2] for form in forms if form and form[1] == "env")

    def check(self, source: str, name: str, url: str) -> Credential:
        """
        Return what a name stands for, if it may be used for this URL; raise `CredentialError` if not.
        """
        credential = self._by_name.get(name)
        if credential is None:
            problem = f"the credential {name!r} is unknown to this master: [credentials.{name}] in its configuration"
            raise CredentialError(source, f"{problem} is to say what it is")
        place = origin(url)
        if place is None:
            raise CredentialError(
                source, f"a path on this host needs no credential: take {name!r} away from the source"
            )
        if place not in credential.origins:
            problem = f"the credential {name!r} is not for {place}: its hosts, in the configuration, are others"
            raise CredentialError(source, problem)
        return credential

    async def login(self, source: str, name: str, url: str) -> Login:
        """
        Return what git gets to log in at the host of this URL; a secret is asked for anew each time.
        """
        credential = self.check(source, name, url)
        if credential.key is not None:
            return KeyLogin(key=credential.key)
        try:
            secret = await resolve(credential.secret or "", hidden=self.variables)
        except LookupError as error:
            raise CredentialError(source, f"the secret of the credential {name!r} cannot be had: {error}") from error
        self.redactor.learn(secret, username=credential.username)
        return SecretLogin(scope=origin(url) or "", username=credential.username, secret=secret)
