"""Nothing secret leaves: what is taken out of every text that others may read."""

from __future__ import annotations

import logging
from base64 import b64encode
from urllib.parse import quote

from headwater.sources.giturl import redact

_HIDDEN = "***"
_MOST = 10_000
"""Texts that are looked for; a command may give another secret at each poll, and the oldest are forgotten then."""


class Redactor:
    """
    Takes out of texts every secret that it has learnt of, and the user and password of every URL.

    As a filter of a `logging.Handler` it does so with all that is logged, tracebacks too.

    >>> redactor = Redactor()
    >>> redactor.learn("hunter2", username="ci")
    >>> redactor("ci:hunter2 was refused by https://ci:old@git.example/x.git")
    'ci:*** was refused by https://git.example/x.git'
    """

    def __init__(self) -> None:
        self._secrets: dict[str, None] = {}

    def learn(self, secret: str, *, username: str = "") -> None:
        """
        Take note of a secret, and of how it is written in URLs and in headers of HTTP.
        """
        pair = b64encode(f"{username}:{secret}".encode()).decode()
        forms = {secret, quote(secret, safe=""), quote(secret), b64encode(secret.encode()).decode(), pair}
        # Another dictionary instead of a change to this one: other threads may be reading it.
        learnt = self._secrets | dict.fromkeys(forms)
        self._secrets = dict.fromkeys(list(learnt)[-_MOST:])

    def __call__(self, text: str) -> str:
        """
        Return a text without anything secret.
        """
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, _HIDDEN)
        return redact(text)

    def filter(self, record: logging.LogRecord) -> bool:
        """
        Take what is secret out of a record of a log, and let it pass.
        """
        record.msg, record.args = self(record.getMessage()), None
        if record.exc_info:
            record.exc_text = self(logging.Formatter().formatException(record.exc_info))
            record.exc_info = None
        return True
