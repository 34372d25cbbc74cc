"""What Headwater says inside Buildbot: in the log of the master."""

from __future__ import annotations

import logging

from twisted.python import log
from twisted.python.failure import Failure


def say(sentence: str) -> None:
    """
    Say a sentence in the log.
    """
    log.msg(sentence)


def say_failure(error: Failure | BaseException | None, why: str) -> None:
    """
    Say what nobody expected in the log, with its traceback; None is the error that is being handled.
    """
    log.err(error, why)  # type: ignore[no-untyped-call] # Twisted has no types there


def send_to_twisted() -> None:
    """
    Have everything that Headwater says by Python's logging said in Twisted's log, once.
    """
    logger = logging.getLogger("headwater")
    if not any(isinstance(handler, _ToTwisted) for handler in logger.handlers):
        logger.addHandler(_ToTwisted())
        logger.setLevel(logging.INFO)
        logger.propagate = False


class _ToTwisted(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        if record.exc_info and record.exc_info[1] is not None:
            say_failure(record.exc_info[1], record.getMessage())
        else:
            say(record.getMessage())
