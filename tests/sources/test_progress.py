"""What git says of its progress, wherever a read ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from headwater.sources.progress import Progress

SAID = (
    b"remote: Enumerating objects: 30, done.\nremote: Counting objects:  50% (15/30)\rremote: Counting objects: 100% "
    b"(30/30), done.\nReceiving objects:  42% (13/30), 1.20 MiB | 600.00 KiB/s\rReceiving objects: 100% (30/30), "
    b"2.43 KiB | 2.43 MiB/s, done.\nFrom /srv/api\nremote: hello: 7\n"
)
TOLD = [
    "counting objects: 50 %",
    "counting objects: 100 %",
    "receiving objects: 42 %, 1.20 MiB",
    "receiving objects: 100 %, 2.43 KiB",
]


@given(cuts=st.lists(st.integers(0, len(SAID)), max_size=8).map(sorted))
def test_progress_is_told_as_it_comes(cuts: list[int]) -> None:
    """
    The last step of each piece is told, in order and once; nothing else that git says.
    """
    said: list[str] = []
    progress = Progress(said.append)

    for start, end in zip([0, *cuts], [*cuts, len(SAID)], strict=True):
        progress.feed(SAID[start:end])

    assert said == [text for text in TOLD if text in said]
    assert TOLD[-1] in said


def test_each_step_is_told_once() -> None:
    """
    The same step, said again, is no news.
    """
    said: list[str] = []
    progress = Progress(said.append)

    for byte in SAID + b"Receiving objects: 100% (30/30), 2.43 KiB | 2.40 MiB/s\r":
        progress.feed(bytes([byte]))

    assert said == TOLD
