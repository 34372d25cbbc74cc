"""What git prints, whatever people wrote and wherever a read ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headwater.sources import gitlog
from headwater.sources.gitlog import CommitReader
from headwater.values import Commit

fields = st.text(st.characters(exclude_characters="\0", codec="utf-8"))
oids = st.text("0123456789abcdef", min_size=40, max_size=40)
seconds = st.integers(0, 2**63 - 1)
commits = st.builds(
    Commit,
    oid=oids,
    parents=st.lists(oids, max_size=3).map(tuple),
    author=fields,
    author_email=fields,
    authored_at=seconds,
    committer=fields,
    committer_email=fields,
    committed_at=seconds,
    message=fields.map(lambda message: message.rstrip("\n")),
)
declarations = st.sampled_from(["", "latin-1", "EUC-JP", "shift_jis", "gb18030", "ISO-2022-JP", "utf-7", "idna", "no"])


def printed(commit: Commit) -> bytes:
    """
    Return a commit as git prints it.
    """
    author = (commit.author, commit.author_email, str(commit.authored_at))
    committer = (commit.committer, commit.committer_email, str(commit.committed_at))
    record = (commit.oid, " ".join(commit.parents), *author, *committer, "", commit.message + "\n")
    return b"".join(field.encode() + b"\0" for field in record)


@given(told=st.lists(commits, max_size=4), data=st.data())
def test_commits_arrive_in_any_pieces(told: list[Commit], data: st.DataObject) -> None:
    """
    Commits are read as they were printed, in order, wherever the output is cut.
    """
    output = b"".join(map(printed, told))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(output)), max_size=8)))
    reader = CommitReader()

    pieces = [output[start:end] for start, end in zip([0, *cuts], [*cuts, len(output)], strict=True)]

    assert told == [commit for piece in pieces for commit in reader.feed(piece)]


@given(record=st.lists(st.binary().map(lambda raw: raw.replace(b"\0", b"")), min_size=10, max_size=10))
def test_any_bytes_make_one_commit(record: list[bytes]) -> None:
    """
    Ten fields of any bytes are one commit, of text that every database takes and seconds that fit in 64 bits.
    """
    [commit] = CommitReader().feed(b"\0".join([*record, b""]))

    assert commit.message.encode().count(b"\0") == 0
    assert commit.lossy <= ("\N{REPLACEMENT CHARACTER}" in repr(commit))
    assert 0 <= commit.authored_at < 2**63


@given(raw=st.binary(), declared=declarations)
def test_text_never_fails(raw: bytes, declared: str) -> None:
    """
    Any bytes under any declared encoding become text without NUL and without surrogates.
    """
    decoded = gitlog.text(raw, declared)

    assert b"\0" not in decoded.encode()


@pytest.mark.parametrize(
    ("raw", "declared", "expected"),
    [
        ("Jörg".encode(), "latin-1", "Jörg"),
        ("Jörg".encode("latin-1"), "", "Jörg"),
        ("Žižka".encode("latin2"), "ISO-8859-2", "Žižka"),
        ("日本".encode("euc-jp"), "EUC-JP", "日本"),
        (b"\xff\\N{DIGIT ONE}", "unicode_escape", "ÿ\\N{DIGIT ONE}"),
        (b"\x81", "", "\N{REPLACEMENT CHARACTER}"),
        (b"a\0b", "", "ab"),
    ],
)
def test_text_is_decoded_by_the_first_that_can(raw: bytes, declared: str, expected: str) -> None:
    """
    UTF-8 comes first, then what the commit declares if that is a charset, then Windows-1252.
    """
    assert expected == gitlog.text(raw, declared)


@pytest.mark.parametrize(
    ("message", "is_lossy"),
    [
        (b"Gr\xfc\xdfe", False),
        ("Grüße".encode(), False),
        (b"\x81", True),
        ("\N{REPLACEMENT CHARACTER}".encode(), False),
    ],
)
def test_a_commit_says_if_something_is_lost(message: bytes, is_lossy: bool) -> None:  # noqa: FBT001
    """
    A commit is lossy if a replacement stands for bytes that no encoding explains, and only then.
    """
    [commit] = CommitReader().feed(b"\0".join([b""] * 9 + [message, b""]))

    assert commit.lossy is is_lossy


def test_refs() -> None:
    """
    Every line of `ls-remote` is a ref with its object id; an empty repository has none.
    """
    output = b"1111\trefs/heads/main\n2222\trefs/heads/\xc3\xa4\n"

    assert gitlog.refs(output) == {"refs/heads/main": "1111", "refs/heads/ä": "2222"}
    assert gitlog.refs(b"") == {}


@given(one=st.binary(), other=st.binary())
def test_ref_names_stay_different(one: bytes, other: bytes) -> None:
    """
    Two names of refs are never decoded to the same text; a backslash is in none of them.
    """
    same = gitlog.ref_name(one.replace(b"\\", b"")) == gitlog.ref_name(other.replace(b"\\", b""))

    assert same == (one.replace(b"\\", b"") == other.replace(b"\\", b""))


@pytest.mark.parametrize(
    "said",
    [
        "fatal: remote error: upload-pack: not our ref {oid}",
        "error: Server does not allow request for unadvertised object {oid}",
        "error: Unable to find {oid} under http://git.example/",
        "fatal: remote error: want {oid} not valid",
    ],
)
def test_refused_ids(said: str) -> None:
    """
    What the other side refuses is known by its id, in whatever words it says so.
    """
    oid = "0123456789" * 4

    assert gitlog.refused(b"noise\n" + said.format(oid=oid).encode()) == {oid}


def test_a_broken_object_is_not_refused() -> None:
    """
    An id in a complaint of git about itself is not one that the other side refused.
    """
    assert gitlog.refused(b"fatal: bad object " + b"1" * 40) == set()
