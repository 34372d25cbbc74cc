"""What git says when it fails, and what that means."""

from __future__ import annotations

import pytest

from headwater.errors import (
    AccessDeniedError,
    ForeignOwnerError,
    NotAllowedError,
    RepositoryNotFoundError,
    SourceError,
    UnreachableError,
)
from headwater.sources.causes import cause, complaint

ADVICE = b"""fatal: Could not read from remote repository.

Please make sure you have the correct access rights
and the repository exists.
"""


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (b"", ""),
        (b"fatal: bad object 1111\n", "bad object 1111"),
        (b"Receiving objects:  50% (1/2)\rfatal: early EOF\n", "early EOF"),
        (b"remote: Not found.\nfatal: repository 'https://h/x/' not found\n", "repository 'https://h/x/' not found"),
        (
            b"fatal: unable to connect to h:\nh[0: ::1]: errno=refused\n",
            "unable to connect to h: h[0: ::1]: errno=refused",
        ),
        (b"ssh: refused\r\n" + ADVICE, "ssh: refused"),
        (b"fatal: Could not read from remote repository.\n", "Could not read from remote repository."),
        (b'something else\n{"event":"exit"}\n', "something else"),
        (b"fatal: a\x1b[31mred\x07\n", "a [31mred"),
    ],
)
def test_complaints_become_one_sentence(said: bytes, sentence: str) -> None:
    """
    Of all that git says when it fails, the cause is kept: one line, without advice and control characters.
    """
    assert sentence == complaint(said)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (UnreachableError, b"fatal: unable to access 'http://h/': Could not resolve host: h"),
        (UnreachableError, b"fatal: unable to access 'http://h/': Failed to connect to h port 80 after 0 ms"),
        (UnreachableError, b"fatal: unable to access 'http://h/': The requested URL returned error: 503"),
        (UnreachableError, b"fatal: unable to access 'http://h/': The requested URL returned error: 429"),
        (UnreachableError, b"fatal: unable to access 'https://h/': SSL certificate problem: certificate has expired"),
        (UnreachableError, b"fatal: unable to look up h (port 9418) (Name or service not known)"),
        (UnreachableError, b"fatal: unable to connect to h:\nh[0: ::1]: errno=Connection refused"),
        (UnreachableError, b"ssh: connect to host h port 22: Connection timed out\n" + ADVICE),
        (UnreachableError, b"kex_exchange_identification: Connection closed by remote host\n" + ADVICE),
        (UnreachableError, b"fetch-pack: unexpected disconnect while reading sideband packet\nfatal: early EOF"),
        (AccessDeniedError, b"fatal: could not read Username for 'https://h': terminal prompts disabled"),
        (AccessDeniedError, b"fatal: Authentication failed for 'https://h/x/'"),
        (AccessDeniedError, b"fatal: unable to access 'https://h/': The requested URL returned error: 403"),
        (AccessDeniedError, b"git@h: Permission denied (publickey).\n" + ADVICE),
        (AccessDeniedError, b"Host key verification failed.\n" + ADVICE),
        (AccessDeniedError, b"FATAL: R any api ana DENIED by fallthru\nfatal: the remote end hung up unexpectedly"),
        (RepositoryNotFoundError, b"fatal: repository 'https://h/x/' not found"),
        (RepositoryNotFoundError, b"ERROR: Repository not found.\n" + ADVICE),
        (RepositoryNotFoundError, b"fatal: '/srv/x' does not appear to be a git repository\n" + ADVICE),
        (RepositoryNotFoundError, b"fatal: remote error: access denied or repository not exported: /x"),
        (RepositoryNotFoundError, b"fatal: http://h/info/refs not valid: is this a git repository?"),
        (NotAllowedError, b"fatal: transport 'ext' not allowed"),
        (NotAllowedError, b"fatal: strange hostname '-oProxyCommand=id' blocked"),
        (ForeignOwnerError, b"fatal: detected dubious ownership in repository at '/srv/x'"),
        (SourceError, b"fatal: the disk is on fire"),
        (SourceError, b""),
    ],
)
def test_causes_have_a_class_each(kind: type[SourceError], said: bytes) -> None:
    """
    Whether the host, a human or time can help is told by the class of the error.
    """
    assert kind is cause(said)[0]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (
            b"fatal: detected dubious ownership in repository at '/srv/my api'\nTo add an exception\n" + ADVICE,
            (
                "/srv/my api belongs to another user: if you trust it, run "
                "`git config --global --add safe.directory '/srv/my api'` as the user of this master"
            ),
        ),
        (
            b"fatal: could not read Username for 'https://h': terminal prompts disabled\n",
            "https://h asks for a user and password, and the source has no credential for it",
        ),
        (b"fatal: Authentication failed for 'https://h/x/'\n", "Authentication failed for 'https://h/x/'"),
    ],
)
def test_a_cause_is_told_with_its_cure(said: bytes, sentence: str) -> None:
    """
    Where git is terse or advises something else than a master needs, the sentence is Headwater's.
    """
    assert sentence == cause(said)[1]
