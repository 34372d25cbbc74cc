"""The one sentence by which a command fails."""

from __future__ import annotations

from tests.acceptance.host import Ended
from tests.databases.postgresql import PASSWORD


def sentence(ended: Ended, code: int = 1) -> str:
    """
    Return the one sentence that a command said as it failed.
    """
    (sentence,) = ended.err
    assert (code, []) == (ended.code, ended.out)
    assert sentence.startswith("headwater: ")
    assert PASSWORD not in sentence
    return sentence
