"""Edits reach a source that runs: what it watches, how it is called, who may run it; checks, pauses, removal."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

from msgspec.structs import replace

from headwater import Settings
from headwater.running.following import follow
from headwater.sources.workplace import Workplace
from tests.conformance.rows import history
from tests.conformance.rows import run as sql
from tests.running.ground import cluster, watching
from tests.running.telling import News, OwnSource
from tests.sources.repository import Repository

MAIN = "refs/heads/main"
SELDOM = 3600.0


def own(*, poll: float = SELDOM, **options: str) -> Settings:
    """
    Make the settings of a source of a kind of one's own.
    """
    return Settings(kind="own", url="depot", poll=poll, options=options)


def test_new_settings_are_taken_at_once(alone: str, tmp_path: Path) -> None:
    """
    A source that is polled once an hour is made anew and polled when its settings change.
    """

    async def story() -> list[News]:
        async with cluster(alone, tmp_path) as its:

            def make(settings: Settings, workplace: Workplace) -> OwnSource:
                its.told.tell(workplace.name, dict(settings.options))
                return OwnSource(lambda: {MAIN: "a"})

            claim = await its.claim(own(depot="one"))
            runner = its.runner(make)
            runner.begin(claim, its.holder)
            its.beside(follow(its.store, runner.nudge, every=0.02))
            told = [await its.told.next("api")]
            await its.store.was_asked()
            await its.store.edit(change={claim.fence.source: ("web", own(depot="two"))})
            return [*told, await its.told.next("web")]

    assert [("api", {"depot": "one"}), ("web", {"depot": "two"})] == asyncio.run(story())


def test_an_interval_that_becomes_shorter(alone: str, tmp_path: Path) -> None:
    """
    A new interval counts from now on, and not after the old one.
    """

    async def story() -> int:
        async with cluster(alone, tmp_path) as its:
            looks = [0]

            def look() -> Mapping[str, str]:
                looks[0] += 1
                its.told.tell("look", None)
                return {MAIN: "a"}

            claim = await its.claim(own())
            runner = its.runner(lambda *_: OwnSource(look))
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            await its.store.edit(change={claim.fence.source: ("api", own(poll=0.01))})
            runner.nudge([claim.fence.source])
            for _ in range(5):
                await its.told.next("look")
            return looks[0]

    assert asyncio.run(story()) >= 5


def test_other_refs_are_no_news(database: str, repository: Repository, tmp_path: Path) -> None:
    """
    Refs that are watched from now on begin where they are, those that are not any more go; only moves are changes.
    """
    settings = watching(repository)

    async def story() -> list[tuple[str, str | None, list[str]]]:
        async with cluster(database, tmp_path) as its:
            before = its.runner()
            claim = await its.claim(settings)
            before.begin(claim, its.holder)
            await its.told.next("looked")
            await before.stop()
            repository.commit("is not told", branch="main")
            # It was watched before, too: that it is there is news.
            repository.git("branch", "late", "feature")
            repository.commit("on the late one", branch="late")
            later = replace(settings, exclude=("main",), tags=True)
            await its.store.edit(change={claim.fence.source: ("api", later)})
            after = its.runner()
            after.begin(await its.claim(later), its.holder)
            await its.told.next("looked")
            repository.git("tag", "v2", "feature")
            await its.told.next("recorded")
            changes = await its.store.changes()
            return [(change.ref, change.before, [one.message for one in change.commits]) for change in changes]

    repository.git("branch", "feature", "main")
    repository.git("tag", "v1", "main")

    assert [
        ("refs/heads/late", None, ["on the late one"]),
        ("refs/tags/v2", None, []),
    ] == asyncio.run(story())


def test_a_source_that_sees_more_than_is_watched(alone: str, tmp_path: Path) -> None:
    """
    Whatever a source of one's own sees, only the refs that its settings name are watched.
    """

    async def story() -> News:
        async with cluster(alone, tmp_path) as its:
            await its.begin(
                lambda *_: OwnSource(lambda: {MAIN: "a", "refs/heads/dev": "b"}),
                settings=replace(own(), refs=("refs/heads/m*",)),
            )
            return await its.told.next("looked")

    assert ("looked", {MAIN: "a"}) == asyncio.run(story())


def test_a_check_that_somebody_asks_for(alone: str, tmp_path: Path) -> None:
    """
    A check that is asked for is made at once, and its number is told, also when it fails.
    """

    async def story() -> list[tuple[str, int]]:
        async with cluster(alone, tmp_path) as its:
            looks: list[dict[str, str] | Exception] = [{MAIN: "a"}, {MAIN: "a"}, KeyError("x")]

            def look() -> Mapping[str, str]:
                seen = looks.pop(0)
                if isinstance(seen, Exception):
                    raise seen
                return seen

            claim = await its.claim(own())
            source = claim.fence.source
            runner = its.runner(lambda *_: OwnSource(look))
            its.beside(runner.serve(its.holder))
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            await its.store.was_asked()
            found: list[tuple[str, int]] = []
            for _ in range(2):
                number = (await its.store.ask_check([source]))[source]
                condition = await its.condition(source, lambda now, wanted=number: now.checks_done >= wanted)  # type: ignore[misc] # each its own
                found.append((condition.state, condition.checks_done))
            return found

    assert [("ok", 1), ("failing", 2)] == asyncio.run(story())


def test_a_source_that_is_paused_and_resumed(alone: str, tmp_path: Path) -> None:
    """
    The holder of a source that somebody pauses stops at once, and after the pause it runs again and nothing is lost.
    """

    async def story() -> list[object]:
        async with cluster(alone, tmp_path) as its:
            seen = {MAIN: "a"}
            runner = its.runner(lambda *_: OwnSource(lambda: seen, "one"))
            source = (await its.store.edit(add={"api": own(poll=0.02)}))["api"]
            await its.master(runner)
            await its.told.next("looked")
            await its.store.pause([source], why="the host moves", by="ana")
            lost = await its.told.next("lost")
            seen = {MAIN: "b"}
            sql(alone, "UPDATE source_settings SET paused_at = paused_at - 4000")  # the holder had time to notice
            await its.store.resume([source])
            recorded = await its.told.next("recorded")
            return [lost, recorded, [why for _, _, why in history(alone, source)]]

    assert [
        ("lost", "somebody else has ended the claim"),
        ("recorded", ["one"]),
        ["paused", None],
    ] == asyncio.run(story())


def test_a_source_that_is_removed(alone: str, tmp_path: Path) -> None:
    """
    The holder of a source that somebody removes stops at once.
    """

    async def story() -> tuple[News, bool]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: OwnSource(lambda: {MAIN: "a"}))
            source = (await its.store.edit(add={"api": own(poll=0.02)}))["api"]
            await its.master(runner)
            await its.told.next("looked")
            await its.store.edit(remove=[source])
            return await its.told.next("lost"), bool(await its.store.sources())

    (what, _), is_there = asyncio.run(story())

    assert ("lost", False) == (what, is_there)


def test_a_source_that_is_for_others(alone: str, tmp_path: Path) -> None:
    """
    The holder of a source that by its new settings only another host can see stops at once.
    """

    async def story() -> tuple[str, list[object]]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(lambda *_: OwnSource(lambda: {MAIN: "a"}))
            source = (await its.store.edit(add={"api": own(poll=0.02)}))["api"]
            await its.master(runner)
            await its.told.next("looked")
            await its.store.edit(change={source: ("api", replace(own(), host="elsewhere"))})
            lost, _ = await its.told.next("lost")
            return lost, [why for _, _, why in history(alone, source)]

    assert ("lost", ["forced"]) == asyncio.run(story())


def test_settings_for_others_are_not_tried(alone: str, tmp_path: Path) -> None:
    """
    Whoever has not heard yet that a source is for others now does not look at it when it reads the settings.
    """

    async def story() -> tuple[str, int]:
        async with cluster(alone, tmp_path) as its:
            looks = [0]

            def look() -> Mapping[str, str]:
                looks[0] += 1
                return {MAIN: "a"}

            claim = await its.claim(own())
            runner = its.runner(lambda *_: OwnSource(look))
            runner.begin(claim, its.holder)
            await its.told.next("looked")
            await its.store.edit(change={claim.fence.source: ("api", replace(own(), host="elsewhere"))})
            runner.nudge([claim.fence.source])
            _, why = await its.told.next("lost")
            return str(why).rpartition(": ")[2], looks[0]

    assert ("it was changed, and others may have to run it", 1) == asyncio.run(story())
