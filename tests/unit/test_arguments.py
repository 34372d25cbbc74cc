"""What callers may hand in."""

from __future__ import annotations

import pytest

from headwater.store.arguments import (
    LARGEST_ID,
    checked_flag,
    checked_id,
    checked_name,
    checked_strings,
    hash_of,
    possible,
)


@pytest.mark.parametrize("name", ["", " ", "linux", "ä", "\N{PILE OF POO}", "a\nb", "x" * 20], ids=ascii)
def test_any_text_is_a_name(name: str) -> None:
    """
    A name is taken as it is: empty, with spaces and lines, in any script, up to what the column holds.
    """
    assert name == checked_name(name, at_most=20)


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        (b"linux", TypeError, "a name is a str, not bytes"),
        (None, TypeError, "a name is a str, not NoneType"),
        ("a\0b", ValueError, "a name cannot hold a NUL character"),
        ("a\udcff", ValueError, "a name cannot hold a lone surrogate"),
        ("ä" * 11, ValueError, "a name can hold 20 bytes of UTF-8 on this database, and this one has 22"),
    ],
)
def test_what_is_no_name(name: object, error: type[Exception], text: str) -> None:
    """
    What the database could not hold byte for byte is refused with a sentence that says why.
    """
    with pytest.raises(error) as raised:
        checked_name(name, at_most=20)

    assert text == str(raised.value)


def test_a_long_name_is_not_repeated() -> None:
    """
    The error about a name that is too long says how long, and not the name.
    """
    with pytest.raises(ValueError, match=r"has 1,000,000$"):
        checked_name("x" * 1_000_000, at_most=65_535)


@pytest.mark.parametrize("id_", [-1, 0, 1, LARGEST_ID, 2**200], ids=hex)
def test_any_int_is_an_id(id_: int) -> None:
    """
    An id that no row can have is asked for like one that no row has.
    """
    assert id_ == checked_id(id_, "source")


@pytest.mark.parametrize(
    ("id_", "kind"), [("1", "str"), (1.0, "float"), (True, "bool"), (None, "NoneType"), ([1], "list")]
)
def test_nothing_else_is_an_id(id_: object, kind: str) -> None:
    """
    An id is an int and not what Python could take for one.
    """
    with pytest.raises(TypeError) as raised:
        checked_id(id_, "source")

    assert f"the id of a source is an int, not {kind}" == str(raised.value)


def test_ids_that_a_row_can_have() -> None:
    """
    Rows are counted from 1, in 32 bits with a sign.
    """
    assert [False, False, True, True, False] == [possible(id_) for id_ in (-1, 0, 1, LARGEST_ID, LARGEST_ID + 1)]


@pytest.mark.parametrize("flag", [0, 1, None, "yes"], ids=repr)
def test_a_flag_is_a_bool(flag: object) -> None:
    """
    What is merely true or false in Python is no flag.
    """
    assert checked_flag(flag=True, what="active")
    with pytest.raises(TypeError, match=rf"^active is True or False, not {type(flag).__name__}$"):
        checked_flag(flag, "active")


@pytest.mark.parametrize("names", ["linux", b"linux", 7, None], ids=repr)
def test_one_name_is_not_several(names: object) -> None:
    """
    A single name in place of several is refused, not taken letter by letter.
    """
    with pytest.raises(TypeError, match=rf"^names is an iterable of str, not {type(names).__name__}$"):
        checked_strings(names)


@pytest.mark.parametrize("names", [["linux"], ("linux",), {"linux"}, {"linux": 1}, []], ids=repr)
def test_names_come_in_any_iterable(names: object) -> None:
    """
    Names may be in a list, a set, or whatever else can be gone through.
    """
    assert names is checked_strings(names)


def test_a_name_is_looked_up_by_buildbots_hash() -> None:
    """
    The hash of a name is the SHA-1 of its UTF-8, in hexadecimal.
    """
    assert "a9993e364706816aba3e25717850c26c9cd0d89d" == hash_of("abc")
    assert "961fa22f61a56e19f3f5f8867901ac8cf5e6d11f" == hash_of("ä")
