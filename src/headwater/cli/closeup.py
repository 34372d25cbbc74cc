"""All that is known of one source, without a look at the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.outlook import Scene, Shown
from headwater.errors import UnknownChangeSourceError
from headwater.store import clustering, questions
from headwater.values import Brief, Master, PastClaim, Source, Standing, Watched


class CloseUp(Struct, frozen=True, kw_only=True):
    """
    One source, close to.
    """

    source: Shown
    is_hopeless: bool
    """Whether nobody is going to run it, as things are."""
    brief: Brief | None
    """None if it has no settings."""
    claims: list[PastClaim]
    """The newest ones."""

    @property
    def refs(self) -> Mapping[str, str] | None:
        """
        Return its position; None before the first sight.
        """
        return None if self.brief is None else self.brief.refs


def close_up(store: Store, id_: int, name: str, *, claims: int = 2) -> CloseUp:
    """
    Look at one source.

    Raises:
        UnknownChangeSourceError: it is not there any more.
    """
    limits = store.database.limits
    source = store.source(id_)
    if source is None:
        raise UnknownChangeSourceError(name)
    brief, condition, pause = store.brief(id_), store.condition(id_), store.pauses().get(id_)
    past = store.ask(questions.history(limits, id_, most=claims))
    masters = {master.id: master for master in store.masters()}
    standing = _standing(source, past, masters)
    watched = None if brief is None else Watched(id=id_, name=source.name, settings=brief.settings)
    scene = Scene(
        is_ours=True,
        standings=[standing],
        watched={} if watched is None else {id_: watched},
        masters=masters,
        peers={peer.id: peer for peer in store.ask(clustering.living(limits))},
        conditions={} if condition is None else {id_: condition},
        pauses={} if pause is None else {id_: pause},
        now=store.ask(questions.pulse()).now,
    )
    return CloseUp(source=scene.shown(standing), is_hopeless=scene.is_hopeless(standing), brief=brief, claims=past)


def _standing(source: Source, past: Sequence[PastClaim], masters: Mapping[int, Master]) -> Standing:
    """
    Return how a claim stands, by the newest two of the history.
    """
    ended = next((claim for claim in past if claim.until is not None), None)
    holder = None if source.holder is None else masters.get(source.holder)
    since = next((claim.since for claim in past if claim.until is None), None)
    return Standing(
        id=source.id,
        name=source.name,
        holder=source.holder,
        holder_name=None if holder is None else holder.name,
        holder_is_active=holder is not None and holder.active,
        since=since,
        until=None if ended is None else ended.until,
        why=None if ended is None else ended.why,
    )
