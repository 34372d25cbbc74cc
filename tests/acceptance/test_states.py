"""How sources fare, as `sources` tells it: by what their holders told, and by what only a reader can know."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from msgspec import structs

from headwater import Settings, Store
from headwater.values import Report
from tests.acceptance.host import Host
from tests.acceptance.registered import asked, states
from tests.operator import headwater

HOUR = 3_600_000


@pytest.fixture
def all_states(tmp_path: Path) -> str:
    """
    A database, in a file, that has a source in each state.
    """
    return with_all_states(f"sqlite:///{tmp_path}/headwater.db")


def with_all_states(database: str) -> str:
    """
    Put a source in each state into a database, seven in all, named after it.
    """
    names = ["ok", "checking", "failing", "broken", "stale", "paused", "unclaimed"]
    with Store(database) as store:
        ids = store.edit(add={name: Settings(kind="git", url=f"https://git.example/{name}") for name in names})
        held = {name: ids[name] for name in names[:5]}
        tokens = store.claim(held.values(), store.join("ci-a"))
        told = {
            "ok": Report(source=0, token=0, state="ok", since_ago=HOUR, succeeded_ago=9_000, next_in=51_000),
            "checking": Report(source=0, token=0, state="checking", reason="receiving objects: 42 %", since_ago=3_000),
            "failing": Report(source=0, token=0, state="failing", reason="no route", attempts=4, next_in=90_000),
            "broken": Report(source=0, token=0, state="broken", reason="401 for 'ci'", succeeded_ago=HOUR, attempts=1),
            "stale": Report(source=0, token=0, state="failing", reason="no route", attempts=9, succeeded_ago=HOUR),
        }
        reports = {id_: told[name] for name, id_ in held.items()}
        store.report([_of(report, id_, tokens[id_] or 0) for id_, report in reports.items()])
        store.pause([ids["paused"]], why="host moves", by="ana@ci-a", seconds=7200)
    return database


def _of(report: Report, source: int, token: int) -> Report:
    return structs.replace(report, source=source, token=token)


def test_every_state(database: str) -> None:
    """
    Each of the seven states is told in one word, with its reason; a failing one comes with when it is tried again.
    """
    with_all_states(database)
    sources = {source["name"]: source for source in asked(database, "sources")}

    assert {name: name for name in sources} == states(database)
    assert ("no route", 4) == (sources["failing"]["reason"], sources["failing"]["attempts"])
    assert 90_000 == sources["failing"]["next_at"] - sources["failing"]["since"]
    assert "no check has succeeded for long: no route" == sources["stale"]["reason"]
    assert sources["stale"]["since"] == sources["stale"]["succeeded_at"]
    assert ("ana@ci-a: host moves", None) == (sources["paused"]["reason"], sources["paused"]["holder"])
    assert 7_200_000 == sources["paused"]["paused_until"] - sources["paused"]["since"]
    assert "waits for a master that runs git" == sources["unclaimed"]["next"]


def test_the_table(all_states: str) -> None:
    """
    The table has a row for each, with since when, the last success, what comes next, and why.
    """
    rows = {line.split()[0]: line for line in headwater(all_states, "sources").stdout.splitlines()}

    assert re.search(r"^ok +ok +1h ago +ci-a#\w+ +9s ago +in \d+s$", rows["ok"])
    assert re.search(r"^checking +checking +3s ago +ci-a#\w+ +receiving objects: 42 %$", rows["checking"])
    assert re.search(r"^failing +failing +0s ago +ci-a#\w+ +in 1m +no route$", rows["failing"])
    assert re.search(r"^broken +broken +0s ago +ci-a#\w+ +1h ago +401 for 'ci'$", rows["broken"])
    assert re.search(r"^paused +paused +0s ago +in 1h +ana@ci-a: host moves; resumed at [\d:]{8}$", rows["paused"])


def test_only_some_states(all_states: str) -> None:
    """
    `--state` picks those that somebody has to look after.
    """
    picked = asked(all_states, "sources", "--state=failing", "--state=broken")

    assert {"failing", "broken"} == {source["name"] for source in picked}
    assert [] == asked(all_states, "sources", "--state=held")


def test_one_source_close_to(all_states: str) -> None:
    """
    `show` tells the same of one, with its settings.
    """
    shown = headwater(all_states, "show", "failing").stdout.splitlines()
    paused = headwater(all_states, "show", "paused").stdout

    assert re.fullmatch(r"  state         failing since [\d:]{8}", shown[1])
    assert ["  reason        no route", "  attempts      4 in a row failed"] == shown[2:4]
    assert "  next          in 1m" in shown
    assert "  url           https://git.example/failing" in shown
    assert "  what follows  resumed at " in paused


def test_why_a_check_is_not_made(all_states: str) -> None:
    """
    `check --wait` does not wait for what nobody runs, and says why; without it, it is made later.
    """
    waited = headwater(all_states, "check", "unclaimed", "paused", "--wait")
    asked_for = headwater(all_states, "check", "unclaimed")

    assert 1 == waited.returncode
    unclaimed, paused = waited.stderr.splitlines()
    nobody = "nobody looks at it, for it is"
    assert f"headwater: unclaimed: {nobody} unclaimed: no master runs it; waits for a master that runs git" == unclaimed
    assert paused.startswith(f"headwater: paused: {nobody} paused: ana@ci-a: host moves; resumed at ")
    assert 0 == asked_for.returncode
    assert asked_for.stdout.startswith("unclaimed is looked at once somebody runs it; for now nobody looks at it")


def test_pause_and_resume(all_states: str) -> None:
    """
    A pause names who made it and why, tells its holder's name, ends its claim, and lasts until it is resumed.
    """
    ended = headwater(all_states, "pause", "ok", "failing", "--why=the host moves")
    during = {source["name"]: source for source in asked(all_states, "sources", "--state=paused")}
    resumed = headwater(all_states, "resume", "ok", "broken")

    assert re.fullmatch(
        r"ok is paused until: headwater resume ok; ci-a#\w+ stops running it within seconds",
        ended.stdout.splitlines()[0],
    )
    assert {"ok", "failing", "paused"} == set(during)
    assert (True, "until it is resumed", None) == (
        during["ok"]["reason"].endswith(": the host moves"),
        during["ok"]["next"],
        during["ok"]["holder"],
    )
    assert [
        "ok is resumed: whoever can run it claims it within seconds",
        "broken was not paused",
    ] == resumed.stdout.splitlines()
    assert ("unclaimed", "paused") == tuple(states(all_states)[name] for name in ("ok", "failing"))


def test_a_run_says_what_is_paused(lone_host: Host) -> None:
    """
    Who names a repository that is paused is told by whom, and how that ends.
    """
    lone_host.clone("api")
    headwater(lone_host.database, "add", f"{lone_host.folder}/api")
    headwater(lone_host.database, "pause", "api", "--why=the host moves")
    run = lone_host.run("api")
    run.err.wait_for_line(r"^api is paused by \S+: the host moves; nobody runs it until: headwater resume api$")

    assert 0 == run.stop()


def test_pause_and_resume_for_programs(all_states: str) -> None:
    """
    As JSON, a pause comes with its times, and a resumed source with the pause that it had.
    """
    (paused,) = asked(all_states, "pause", "ok", "--why=x", "--for=1h")
    (resumed,) = asked(all_states, "resume", "ok")
    (again,) = asked(all_states, "resume", "ok")

    assert ("x", 3_600_000) == (paused["pause"]["why"], paused["pause"]["until"] - paused["pause"]["since"])
    assert (paused["pause"], None) == (resumed["pause"], again["pause"])


def test_a_name_that_is_not_there(all_states: str) -> None:
    """
    If one of the names is not there, none is paused or checked, and the command ends with 3.
    """
    before = asked(all_states, "sources")

    for command in (["pause", "--why=x"], ["resume"], ["check"]):
        assert 3 == headwater(all_states, *command, "ok", "minix").returncode
    assert [one["state"] for one in before] == [one["state"] for one in asked(all_states, "sources")]
