"""Commits as git may have them, made up."""

from __future__ import annotations

import hashlib

from headwater import Commit


def oid_of(text: str) -> str:
    """
    Return an object id.
    """
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def commit(message: str = "Say more", **fields: object) -> Commit:
    """
    Return a commit with this message, and these of its fields.
    """
    plain: dict[str, object] = {
        "oid": oid_of(message),
        "parents": (oid_of("parent"),),
        "author": "Ada",
        "author_email": "ada@example.com",
        "authored_at": 1_700_000_000,
        "committer": "Grace",
        "committer_email": "grace@example.com",
        "committed_at": 1_700_000_001,
        "message": message,
    }
    return Commit(**(plain | fields))  # type: ignore[arg-type]


ODD = [
    commit("", author="", author_email="", committer="", committer_email="", parents=()),
    commit("  spaces, a tab\t, and newlines\r\n\n  stay  \n\n"),
    commit("grüße 世界 😀👩\u200d💻 e\u0301 \U0010ffff \ufeff\u2028", author="Ünïcødé 😀", committer="名前"),
    commit("\"quotes\" 'of' `all` \\sorts\\n {now} :id %(id)s ${x} NULL"),
    commit("\x01\x02\x1b[31mred\x7f\x85"),
    commit("merge", parents=tuple(oid_of(str(number)) for number in range(17))),
    commit("before 1970", authored_at=-2_000_000_000, committed_at=-1),
    commit("far ahead", authored_at=2**40, committed_at=2**32),
    commit("sha256", oid="a" * 64, parents=("b" * 64,)),
    commit("long: " + "😀 and more\n" * 100_000),
    commit("long author", author="é" * 70_000),
]
"""What a column might not take, or give back otherwise."""
