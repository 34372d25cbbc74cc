"""A host that does not answer: its sources wait and say so, nobody else is held up, and all goes on when it is back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path

import pytest

from headwater import Settings, UnreachableError
from headwater.running import gates
from headwater.running.gates import Limits
from headwater.sources.workplace import Workplace
from headwater.values import Condition
from tests.running.ground import cluster, watching
from tests.running.telling import SOON, News, OwnSource
from tests.sources.repository import Repository
from tests.sources.webhost import web_host

FEW = Limits(in_flight=3, per_host=2, rate=1000)
DEAD = 6


def test_a_host_that_does_not_answer(
    alone: str, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    While many sources of one host hang, another source is polled and told; all are polled when the host is back.
    """
    # Only who is asked for a check tries whether it is back.
    monkeypatch.setattr(gates, "_FIRST_PAUSE", 3600)
    monkeypatch.setattr(gates, "_LONGEST_PAUSE", 3600)

    async def story(url: str) -> tuple[object, list[Condition]]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(limits=FEW, timeout=1.0)
            its.beside(runner.serve(its.holder))
            far = [
                await its.claim(Settings(kind="git", url=f"{url}/api.git", poll=0.5), name=f"far-{number}")
                for number in range(DEAD)
            ]
            for claim in far:
                runner.begin(claim, its.holder)
            await asyncio.to_thread(host.held.wait, SOON)
            runner.begin(await its.claim(watching(repository), name="near"), its.holder)
            await its.told.next("looked")
            repository.commit("second")
            told = await its.told.next("recorded")
            ids = [claim.fence.source for claim in far]
            waiting = [await its.condition(id_, lambda now: now.reason.startswith("waits until")) for id_ in ids[-2:]]
            host.go_on.set()
            await its.store.ask_check(ids[:1])
            for id_ in ids:
                await its.condition(id_, lambda now: now.state == "ok")
            return told, waiting

    with web_host(tmp_path) as host:
        host.hold()
        told, waiting = asyncio.run(story(host.url))

    assert ("recorded", ["second"]) == told
    for condition in waiting:
        assert "failing" == condition.state
        assert condition.reason.startswith(f"waits until {host.url} is back: ")
        assert condition.next_at is not None


def test_a_source_that_goes_elsewhere(alone: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A source that waits for a host that is away waits no longer when its settings name another host.
    """
    monkeypatch.setattr(gates, "_FIRST_PAUSE", 3600)
    monkeypatch.setattr(gates, "_LONGEST_PAUSE", 3600)

    def make(settings: Settings, workplace: Workplace) -> OwnSource:
        def look() -> Mapping[str, str]:
            if "dead" in settings.url:
                raise UnreachableError(workplace.name, "no route")
            return {"main": "a"}

        return OwnSource(look)

    async def story() -> list[News]:
        async with cluster(alone, tmp_path) as its:
            runner = its.runner(make)
            claims = [await its.claim(at("dead"), name=name) for name in ("api", "web", "lib", "doc")]
            told = []
            for claim in claims:
                runner.begin(claim, its.holder)
                told.append(await its.told.next())
            await its.store.edit(change={claims[-1].fence.source: ("doc", at("alive"))})
            runner.nudge([claims[-1].fence.source])
            return [*told, await its.told.next()]

    assert [
        *[("failed", "no route")] * 3,
        ("failed", "waits until depot://dead.example is back: no route"),
        ("looked", {"main": "a"}),
    ] == asyncio.run(story())


def at(host: str) -> Settings:
    """
    Make the settings of a source on a host, which is polled once an hour.
    """
    return Settings(kind="own", url=f"depot://{host}.example/api", poll=3600)
