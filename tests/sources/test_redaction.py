"""What keeps the secrets that were used out of every text that leaves a master."""

from __future__ import annotations

import logging
from base64 import b64encode
from io import StringIO

import pytest

from headwater.sources.redaction import Redactor


@pytest.mark.parametrize(
    "text",
    [
        "hunter2/ä was refused",
        "https://ci:hunter2%2F%C3%A4@git.example/x",
        "got hunter2/%C3%A4",
        f"Authorization: Basic {b64encode('ci:hunter2/ä'.encode()).decode()}",
        f"token {b64encode('hunter2/ä'.encode()).decode()}",
    ],
)
def test_secrets_are_taken_out_of_texts(text: str) -> None:
    """
    A secret that was used is taken out in every form in which it may be written.
    """
    redactor = Redactor()
    redactor.learn("hunter2/ä", username="ci")

    assert "hunter2" not in redactor(text)
    assert b64encode(b"hunter2").decode()[:8] not in redactor(text)
    assert b64encode(b"ci:hunter2").decode()[:8] not in redactor(text)


def test_a_secret_that_is_part_of_another() -> None:
    """
    Of two secrets the longer one is taken out as a whole.
    """
    redactor = Redactor()
    redactor.learn("hunter")
    redactor.learn("hunter2")

    assert redactor("it is hunter2") == "it is ***"


def test_secrets_are_taken_out_of_logs() -> None:
    """
    A handler of logs with a redactor as its filter writes no secret, in tracebacks neither.
    """
    redactor = Redactor()
    redactor.learn("hunter2")
    written = StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(redactor)
    log = logging.getLogger("headwater.tests.secrets")
    log.addHandler(handler)

    try:
        raise RuntimeError("it was hunter2")  # noqa: TRY301 - to be logged
    except RuntimeError:
        log.exception("poll of %s", "https://ci:old@git.example/hunter2")
    log.removeHandler(handler)

    assert "poll of https://git.example/***" in written.getvalue()
    assert "RuntimeError: it was ***" in written.getvalue()
    assert "hunter2" not in written.getvalue()
