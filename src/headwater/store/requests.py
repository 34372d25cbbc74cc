"""A call of a face on its way to a lane: checked, cut into parts, and how their answers become one."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from msgspec import Struct, field

from headwater.errors import WrongKindError
from headwater.store.performer import Verb
from headwater.store.schema import Kind

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")

SLICE = 500
"""Rows that one part brings at the most."""


class Part(Struct, frozen=True):
    """
    What one call in a batch carries.
    """

    arguments: Any
    keys: Sequence[Hashable] = ()
    weight: int = 1
    is_barrier: bool = False


class Request(Struct, Generic[A], frozen=True):
    """
    One call of a face, checked, and cut into parts that each fit into a batch.
    """

    verb: Verb | None
    parts: Sequence[Part]
    merge: Callable[[list[Any]], A]
    """Makes the face's answer of the answers of the parts; may raise."""

    def then(self, make: Callable[[A], B]) -> Request[B]:
        """
        Return the same request with another answer, made of this one's.
        """
        return Request(self.verb, self.parts, lambda answers: make(self.merge(answers)))

    @classmethod
    def answered(cls, answer: A) -> Request[A]:
        """
        Return a request whose answer is known without asking the database.
        """
        return cls(verb=None, parts=(), merge=lambda _: answer)


class Limits(Struct, frozen=True):
    """
    What this database can take.
    """

    name_bytes: int
    kind: Kind
    shown: str
    instead: Mapping[Verb, Verb] = field(default_factory=dict[Verb, Verb])
    """What verbs for Headwater's own database do in this one, which is not."""


def ours(limits: Limits, verb: Verb) -> Verb:
    """
    Return the verb if the database is Headwater's own, or what it does there instead.
    """
    if limits.kind is not Kind.HEADWATER:
        if verb in limits.instead:
            return limits.instead[verb]
        raise WrongKindError(limits.shown, "is Buildbot's database; this needs one of Headwater's own")
    return verb


def has(limits: Limits, verb: Verb) -> bool:
    """
    Tell whether a verb for Headwater's own database does anything in this one.
    """
    return limits.kind is Kind.HEADWATER or verb in limits.instead


def slices(items: Sequence[T]) -> list[Sequence[T]]:
    """
    Cut items into what one call may bring.
    """
    return [items[start : start + SLICE] for start in range(0, len(items), SLICE)]


def only(answers: list[Any]) -> Any:
    """
    Return the answer of a request of one part.
    """
    return answers[0]


def joined(answers: list[Any]) -> Any:
    """
    Return the dictionaries that the parts answered with as one.
    """
    return {key: value for answer in answers for key, value in answer.items()}


def concatenated(answers: list[Any]) -> Any:
    """
    Return the lists that the parts answered with as one.
    """
    return [value for answer in answers for value in answer]
