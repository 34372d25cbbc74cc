"""What a `Store` can be asked about what its sources watch: settings, positions, changes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from headwater.store import recording, verbs, watching
from headwater.store.requests import Limits, Request
from headwater.values import (
    Brief,
    Change,
    Commit,
    Condition,
    Edited,
    Fence,
    Move,
    Pause,
    Report,
    Settings,
    Watched,
)

A = TypeVar("A")


class WatchingStore(ABC):
    """
    The verbs of `Store` about what sources watch.
    """

    @property
    @abstractmethod
    def _limits(self) -> Limits:
        """
        What the database can take.
        """

    @abstractmethod
    def ask(self, request: Request[A]) -> A:
        """
        Ask anything that `headwater.store` has a request for.
        """

    def configure(self, id_: int, settings: Settings) -> None:
        """
        Give a source its settings, and make it claimable; one that has some keeps them.
        """
        return self.ask(verbs.configure(self._limits, id_, settings))

    def watched(self) -> list[Watched]:
        """
        Return the sources with settings.
        """
        return self.ask(verbs.watched(self._limits))

    def claimable(self, *, host: str, kinds: Iterable[str]) -> list[Watched]:
        """
        Return up to a thousand sources that nobody holds, longest free first.

        Args:
            host: only those that are seen from everywhere, or from this host.
            kinds: only of these kinds, such as ``git``.
        """
        return self.ask(verbs.claimable(self._limits, host=host, kinds=kinds))

    def edit(
        self,
        *,
        add: Mapping[str, Settings] | None = None,
        change: Mapping[int, tuple[str, Settings]] | None = None,
        remove: Iterable[int] = (),
        seen: Mapping[int, tuple[str, Settings]] | None = None,
    ) -> dict[str, int]:
        """
        Add, change and remove sources, all or nothing; return the ids of the names that were added.

        Args:
            add: the settings of new sources by their names.
            change: the name and the settings that sources are to have, by their ids; all else of them stays.
            remove: sources whose claims are to end, and whose names are to be free; their ids are never used again.
            seen: the name and the settings that some of those to be changed or removed must have still, by their ids.

        Raises:
            EditedMeanwhileError: a source is no longer as it was seen.
            NameTakenError: another source has one of the names.
            UnknownChangeSourceError: an id is no source's.
        """
        request = watching.edit(self._limits, add=add or {}, change=change or {}, remove=remove, seen=seen or {})
        return self.ask(request)

    def pause(self, ids: Iterable[int], *, why: str, by: str, seconds: float | None = None) -> list[int]:
        """
        End the claims of sources, and let no master claim them until they are resumed; return those that are there.

        Args:
            ids: of the sources.
            why: a sentence for those who wonder.
            by: who does it.
            seconds: for how long; None: until somebody resumes them.
        """
        return self.ask(watching.pause(self._limits, ids, why=why, by=by, seconds=seconds))

    def resume(self, ids: Iterable[int]) -> list[int]:
        """
        Let sources be claimed again; return those that are there.
        """
        return self.ask(watching.resume(self._limits, ids))

    def ask_check(self, ids: Iterable[int], *, from_: str | None = None) -> dict[int, int]:
        """
        Ask the holders for a check of sources now; return its number by the source, for those that are there.

        It is made once `checks_done` of the source's condition is no less.

        Args:
            ids: of the sources.
            from_: a commit; all from this one on are told again.

        Raises:
            CheckUndoneError: one is still to be told again from another commit on; none is asked for.
        """
        return self.ask(watching.ask_check(self._limits, ids, from_=from_))

    def edited(self, after: int) -> Edited:
        """
        Return which sources were edited, or asked to be checked, after a number: at most a thousand of them.

        Sources whose pause is over are resumed by it.

        Args:
            after: the number that was told the last time; -1 for the newest number alone.
        """
        return self.ask(watching.edited(self._limits, after))

    def brief(self, source: int) -> Brief | None:
        """
        Return what a poll of a source has to know before it begins; None if it has no settings.
        """
        return self.ask(watching.brief(self._limits, source))

    def report(self, reports: Sequence[Report]) -> None:
        """
        Say how the polls of sources go, unless a younger claim has said something.
        """
        return self.ask(watching.report(self._limits, reports))

    def condition(self, source: int) -> Condition | None:
        """
        Return how the polls of a source go; None if nobody has said so.
        """
        return self.ask(watching.condition(self._limits, source))

    def conditions(self) -> dict[int, Condition]:
        """
        Return how the polls of all sources go, by their ids.
        """
        return self.ask(watching.list_conditions(self._limits))

    def pauses(self) -> dict[int, Pause]:
        """
        Return the sources that are paused.
        """
        return self.ask(watching.list_pauses(self._limits))

    def prune(self, ids: Iterable[int], *, most: int = 1000) -> int:
        """
        Delete what is older than these sources, and any that were removed, keep it; return how much is left at least.

        Args:
            ids: of the sources.
            most: changes to be deleted, and past claims.
        """
        return self.ask(watching.prune(self._limits, ids, most=most))

    def oldest(self) -> int:
        """
        Return the lowest number that the feed still has; the next one if it is empty.
        """
        return self.ask(watching.oldest(self._limits))

    def position(self, source: int) -> dict[str, str] | None:
        """
        Return what a source has seen so far, ``{ref: object id}``; None if nobody ever looked.
        """
        return self.ask(recording.position(self._limits, source))

    def baseline(self, fence: Fence, refs: Mapping[str, str], selection: str | None = None) -> None:
        """
        Set the position of a source that nobody has looked at before; no change is made of it.

        Args:
            fence: the claim.
            refs: what is seen.
            selection: which refs the position speaks of.

        Raises:
            ClaimLostError: the claim has ended.
            NotWatchedError: the source has no settings.
        """
        return self.ask(recording.baseline(self._limits, fence, refs, selection))

    def rebase(self, fence: Fence, *, selection: str, add: Mapping[str, str], drop: Iterable[str]) -> None:
        """
        Have the position speak of other refs from now on; no change is made of that.

        Args:
            fence: the claim.
            selection: which refs these are.
            add: those that it did not speak of, with the object ids where they are.
            drop: those of which it is to speak no more.

        Raises:
            ClaimLostError: the claim has ended.
        """
        return self.ask(recording.rebase(self._limits, fence, selection=selection, add=add, drop=drop))

    def stage(self, fence: Fence, move: int, first: int, commits: Sequence[Commit]) -> None:
        """
        Put commits of a move, the first of them with the ordinal `first`, where `record` will find them.

        Args:
            fence: the claim.
            move: a number that the holder uses for one try at one move, and never again under this token.
            first: ordinal of the first of these commits, from 0.
            commits: oldest first.
        """
        return self.ask(recording.stage(self._limits, fence, move, first, commits))

    def sweep(self, fence: Fence) -> None:
        """
        Delete what was staged of the source and not recorded: call it before anything is staged anew.
        """
        return self.ask(recording.sweep(self._limits, fence))

    def record(self, fence: Fence, move: int, moved: Move, commit_count: int, *, backfill: bool = False) -> int:
        """
        Record a move with its staged commits, and set the position, all or nothing; return its number in the feed.

        Args:
            fence: the claim.
            move: the number under which the commits were staged.
            moved: what the ref did.
            commit_count: how many commits were staged.
            backfill: nothing has moved, commits are told again: the ref is and stays where the move ends.

        Raises:
            ClaimLostError: the claim has ended.
            PositionMovedError: the ref is not where the move begins.
        """
        return self.ask(recording.record(self._limits, fence, move, moved, commit_count, backfill=backfill))

    def changes(self, *, after: int = 0, most: int = 100) -> list[Change]:
        """
        Return the changes after a number of the feed, at most so many, oldest first.

        They are fewer where they have many commits; only if there is none, none is returned.
        """
        return self.ask(recording.list_changes(self._limits, after=after, most=most))
