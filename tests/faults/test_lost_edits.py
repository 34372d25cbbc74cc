"""The answer to a commit is lost while sources are edited, paused, reported or told again: each is there once."""

from __future__ import annotations

import pytest

from headwater import EditedMeanwhileError, Move, NameTakenError, Report, Settings
from headwater.store import editing
from headwater.store.session import Session
from headwater.values import Fence
from tests.conformance.rows import run
from tests.faults.proxy import How
from tests.faults.scene import Scene, each_way, on_a_network


def git(url: str) -> Settings:
    """
    Return settings.
    """
    return Settings(kind="git", url=url)


@on_a_network
@each_way
def test_an_edit_is_done_once(scene: Scene, how: How) -> None:
    """
    What was added has one id and is no clash with itself; what was renamed, set and removed is so.
    """
    gone, renamed = scene.direct.edit(add={"gone": git("gone"), "old": git("old")}).values()

    added = scene.losing(
        b"COMMIT",
        how,
        lambda: scene.store.edit(add={"git": git("git")}, change={renamed: ("new", git("new"))}, remove=[gone]),
    )

    assert {"linux": scene.source, "new": renamed, **added} == {one.name: one.id for one in scene.direct.sources()}
    assert {"/linux", "new", "git"} == {one.settings.url for one in scene.direct.watched()}
    assert {renamed, added["git"]} == set(scene.direct.edited(1).ids)


@on_a_network
@each_way
def test_an_edit_by_what_was_seen_is_done_once(scene: Scene, how: How) -> None:
    """
    Who named what it had seen is not told that somebody has edited it meanwhile: that was its own lost edit.
    """
    (gone,) = scene.direct.edit(add={"gone": git("gone")}).values()
    scene.losing(
        b"COMMIT",
        how,
        lambda: scene.store.edit(
            change={scene.source: ("new", git("new"))},
            remove=[gone],
            seen={scene.source: ("linux", git("/linux")), gone: ("gone", git("gone"))},
        ),
    )

    assert [("new", git("new"))] == [(one.name, one.settings) for one in scene.direct.watched()]


@on_a_network
def test_what_somebody_else_edited_is_not_overwritten(scene: Scene) -> None:
    """
    The first try never arrived, and before the second somebody else edited the source: the second is refused.
    """
    with pytest.raises(EditedMeanwhileError):
        scene.losing(
            b"COMMIT",
            "never arrived",
            lambda: scene.store.edit(
                change={scene.source: ("linux", git("mine"))}, seen={scene.source: ("linux", git("/linux"))}
            ),
            meanwhile=lambda: scene.direct.edit(change={scene.source: ("linux", git("theirs"))}),
        )

    assert [git("theirs")] == [one.settings for one in scene.direct.watched()]


@on_a_network
def test_a_name_that_somebody_else_added_is_no_answer(scene: Scene) -> None:
    """
    The first try never arrived, and before the second somebody else added that name: with other settings it is theirs.
    """
    with pytest.raises(NameTakenError):
        scene.losing(
            b"COMMIT",
            "never arrived",
            lambda: scene.store.edit(add={"git": git("mine")}),
            meanwhile=lambda: scene.direct.edit(add={"git": git("theirs")}),
        )

    assert ["/linux", "theirs"] == [one.settings.url for one in scene.direct.watched()]


@on_a_network
@each_way
def test_a_removal_is_run_again(scene: Scene, how: How) -> None:
    """
    The source is gone, its claim has ended, and who removed it is not told that it was not there.
    """
    scene.claim()
    scene.losing(b"COMMIT", how, lambda: scene.store.edit(remove=[scene.source]))

    assert [] == scene.direct.sources()
    assert [("removed",)] == run(scene.database, "SELECT why FROM claim_history")
    assert [(scene.source,)] == run(scene.database, "SELECT id FROM removed_sources")


@on_a_network
def test_what_lands_after_it_was_looked_for(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The second try finds nothing done, and then all of it: that is no name taken, and no source that is not there.
    """
    look = editing._done

    def look_too_early(session: Session, call: editing.Edit) -> dict[str, int] | None:
        monkeypatch.setattr(editing, "_done", look)
        found = look(session, call)
        scene.direct.edit(add={"git": git("git")}, remove=[scene.source])
        return found

    monkeypatch.setattr(editing, "_done", look_too_early)
    told = scene.losing(
        b"COMMIT", "never arrived", lambda: scene.store.edit(add={"git": git("git")}, remove=[scene.source])
    )

    assert {one.name: one.id for one in scene.direct.sources()} == told


@on_a_network
@each_way
@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_a_pause_is_run_again(scene: Scene, how: How, verb: str) -> None:
    """
    The source is paused, or is not any more, and the caller is told that it was there.
    """
    scene.claim()
    scene.direct.pause([scene.source], why="before", by="ada")
    calls = {
        "pause": lambda: scene.store.pause([scene.source], why="w", by="ada"),
        "resume": lambda: scene.store.resume([scene.source]),
    }

    assert [scene.source] == scene.losing(b"COMMIT", how, calls[verb])
    assert (["w"] if verb == "pause" else []) == [pause.why for pause in scene.direct.pauses().values()]
    assert [("paused",)] == run(scene.database, "SELECT why FROM claim_history")


@on_a_network
@each_way
def test_a_check_that_was_asked_for_is_made(scene: Scene, how: How) -> None:
    """
    The number that is told is that of the newest check, so one check is enough.
    """
    told = scene.losing(b"COMMIT", how, lambda: scene.store.ask_check([scene.source], from_="v1"))

    brief = scene.direct.brief(scene.source)
    assert brief is not None
    assert ({scene.source: brief.checks_wanted}, "v1") == (told, brief.check_from)


@on_a_network
@each_way
def test_commits_are_told_again_once(scene: Scene, how: How) -> None:
    """
    A backfill, which moves nothing, is in the feed once, under the number that its holder is told.
    """
    fence = Fence(source=scene.source, master=scene.master.id, token=scene.claim(), name=scene.master.name)
    scene.direct.baseline(fence, {"refs/heads/main": "a"})
    move = Move(ref="refs/heads/main", before=None, after="a")
    number = scene.losing(b"COMMIT", how, lambda: scene.store.record(fence, 1, move, 0, backfill=True))

    assert [(1, True)] == [(change.number, change.backfill) for change in scene.direct.changes()]
    assert 1 == number


@on_a_network
@each_way
def test_other_refs_are_run_again(scene: Scene, how: How) -> None:
    """
    The position speaks of the refs that it was to speak of.
    """
    fence = Fence(source=scene.source, master=scene.master.id, token=scene.claim(), name=scene.master.name)
    scene.direct.baseline(fence, {"refs/heads/main": "a"})
    scene.losing(b"COMMIT", how, lambda: scene.store.rebase(fence, selection="dev", add={"dev": "d"}, drop=["main"]))

    assert {"refs/heads/main": "a", "dev": "d"} == scene.direct.position(scene.source)


@on_a_network
@each_way
def test_a_report_is_run_again(scene: Scene, how: How) -> None:
    """
    What a holder said of its source is what is told.
    """
    report = Report(source=scene.source, token=1, state="broken", reason="gone")
    scene.losing(b"INSERT INTO conditions", how, lambda: scene.store.report([report]))

    assert ["gone"] == [condition.reason for condition in scene.direct.conditions().values()]
