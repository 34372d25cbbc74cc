"""Two runs on one database: who watches what, and who goes on when one of them ends."""

from __future__ import annotations

import signal

from headwater import Store
from tests.acceptance.host import Host
from tests.acceptance.records import claims, holders, left_behind

TAKEN = 10.0
"""Seconds until another watches what was freed: it looks every two, and the rest is for slow machines."""

TAKEN_OVER = 25.0
"""Seconds until another has taken over from who was killed: the expiry is ten, and the rest is for slow machines."""


def test_two_share_a_database(host: Host) -> None:
    """
    What the first run holds, the second does not watch; it takes it within seconds after the first was stopped.
    """
    repository = host.clone("api")
    first = host.run("--name=ci-a", "api")
    first.err.wait_for_line("^api has 1 branch; ")
    second = host.run("--name=ci-b", "api")
    second.err.wait_for_line(r"^api is watched by master ci-a#\w+; here, as soon as it is free$")
    held = {name: str(holder).partition("#")[0] for name, holder in holders(host.database).items()}

    repository.commit("one")
    first.out.wait_for_line("one$")
    first.stop(signal.SIGTERM)
    second.err.wait_for_line("^api has 1 branch; ", TAKEN)
    repository.commit("two")
    second.out.wait_for_line("two$")
    second.stop()

    assert {"api": "ci-a"} == held
    assert (1, 1) == (len(first.out.all()), len(second.out.all()))
    assert [] == left_behind(host.database)


def test_a_master_that_was_killed(host: Host) -> None:
    """
    A run says whom it waits for and until when; then it takes over by itself, and tells what nobody saw.
    """
    repository = host.clone("api")
    dead = host.run("--name=ci-a", "api")
    dead.err.wait_for_line("^api has 1 branch; ")
    dead.kill()
    repository.commit("missed by nobody")

    run = host.run("--name=ci-b", "api")
    run.err.wait_for_line(
        r"^api is still held by master ci-a#\w+ \(process \d+ on .*, silent for \d+ s\); "
        r"if it stays silent, the others claim it at about \d\d:\d\d:\d\d$"
    )
    run.out.wait_for_line("missed by nobody$", TAKEN_OVER)
    run.stop()

    assert [("api", "expired"), ("api", "released")] == claims(host.database)


def test_a_restart_of_a_master_that_was_killed(host: Host) -> None:
    """
    A run knows that a process of its own given name on this machine is gone, and does not wait for the expiry.
    """
    repository = host.clone("api")
    dead = host.run("--name=ci-a", "--expiry=10m", "api")
    dead.err.wait_for_line("^api has 1 branch; ")
    dead.kill()
    repository.commit("missed by nobody")

    run = host.run("--name=ci-a", "--expiry=10m", "api")
    run.out.wait_for_line("missed by nobody$", TAKEN)
    run.stop()

    assert [("api", "expired"), ("api", "released")] == claims(host.database)


def test_the_old_holder_is_fenced_off(host: Host) -> None:
    """
    A holder whose claim was ended records nothing more, says so, and claims the source again when it is free.
    """
    repository = host.clone("api")
    run = host.run("--name=ci-a", "api")
    run.err.wait_for_line("^api has 1 branch; ")

    with Store(host.database) as store:
        other, api = store.join("ci-b"), store.find(["api"])["api"]
        while not (tokens := store.claim([api], other)):
            store.force_release([api])  # the run looks for what is free, and may be faster
        repository.commit("late")
        run.err.wait_for_line("^api is not watched here any more: ")
        refused = store.changes()
        store.release(tokens, other)
        run.out.wait_for_line("late$")
        run.stop()
        store.leave(other)
        recorded = [commit.message for change in store.changes() for commit in change.commits]

    assert [] == refused
    assert ["late"] == recorded
    assert [] == left_behind(host.database)


def test_release_under_a_living_holder(host: Host) -> None:
    """
    Only with --force is a living holder's claim ended; it may claim the source anew, and nothing is told twice.
    """
    repository = host.clone("api")
    run = host.run("--name=ci-a", "api")
    run.err.wait_for_line("^api has 1 branch; ")

    refused = host.headwater("release", "api")
    forced = host.headwater("release", "--force", "api")
    repository.commit("second")
    run.out.wait_for_line("second$")
    run.err.wait_for_line("^api has 1 branch; ", TAKEN)
    repository.commit("third")
    run.out.wait_for_line("third$")
    run.stop()

    assert 1 == refused.code
    assert (0, []) == (forced.code, forced.err)
    assert ["2", "1"] == [line.split()[0] for line in reversed(host.headwater("changes").out)]
    assert [("api", "forced"), ("api", "released")] == claims(host.database)


def test_release_of_what_is_free(lone_host: Host) -> None:
    """
    Releasing a source that nobody holds says so, and changes nothing.
    """
    with Store(lone_host.database) as store:
        store.register(["api"])

    released = lone_host.headwater("release", "api")

    assert (0, ["api was free already"], []) == (released.code, released.out, released.err)


def test_release_of_an_unknown_name(lone_host: Host) -> None:
    """
    Releasing a name that is not registered ends with 3 and one sentence, and releases nothing else.
    """
    with Store(lone_host.database) as store:
        (api,) = store.register(["api"]).values()
        store.claim([api], store.join("ci-a"))

    released = lone_host.headwater("release", "--force", "api", "nope")

    assert (3, [], ["headwater: there is no change source 'nope'"]) == (released.code, released.out, released.err)
    assert holders(lone_host.database)["api"] is not None
