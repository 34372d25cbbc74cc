"""`headwater sources --watch`: who holds what, why it moved, and what happens next, as it changes."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from pathlib import Path

from headwater import Settings, Store
from tests.acceptance.host import Host
from tests.acceptance.processes import COMMAND
from tests.conformance.buildbot_tables import create

TIME = r"\d\d:\d\d:\d\d"


def test_each_change_is_a_line(host: Host) -> None:
    """
    Into a pipe goes a line for each source, then one for each change: its holder silent, taken over, released.
    """
    host.clone("api")
    first = host.run("--name=ci-a", "api")
    first.err.wait_for_line("^api has 1 branch; ")
    second = host.run("--name=ci-b", "api")
    second.err.wait_for_line("^api is watched by ")
    watch = host.start("sources", "--watch")

    watch.out.wait_for_line(rf"^{TIME}  api  ok since {TIME}; held by ci-a#\w+ since {TIME}$")
    first.kill()
    watch.out.wait_for_line(
        rf"^{TIME}  api  ok since {TIME}; held by ci-a#\w+ since {TIME}; "
        r"its holder is silent: the others expire it, by default after 10 s$"
    )
    watch.out.wait_for_line(
        rf"^{TIME}  api  ok since {TIME}; held by ci-b#\w+ since {TIME}; the claim before: expired$"
    )
    second.stop()
    watch.out.wait_for_line(
        rf"^{TIME}  api  unclaimed since {TIME}; no master runs it; the claim before: released; "
        "waits for a master that runs git on "
    )

    assert 0 == watch.stop(signal.SIGINT)
    assert [] == watch.err.all()


def test_each_change_as_json(lone_host: Host) -> None:
    """
    For programs each change is one object on one line.
    """
    with Store(lone_host.database) as store:
        source = store.register(["api"])["api"]
        store.configure(source, Settings(kind="git", url="https://git.example/api.git"))
        watch = lone_host.start("sources", "--watch", "--format=json")
        watch.out.wait_for_line('"state":"unclaimed"')
        master = store.join("ci-a")
        store.claim([source], master)
        held = json.loads(watch.out.wait_for_line('"state":"checking"').string)
        watch.stop()

    assert (master.name, None, "") == (held["holder_name"], held["why"], held["next"])


def test_a_terminal_shows_a_table(tmp_path: Path) -> None:
    """
    On a terminal the table itself changes, and each state has a shape.
    """
    database = f"sqlite:///{tmp_path}/headwater.db"
    with Store(database) as store:
        source = store.register(["api"])["api"]
        ours, theirs = pty.openpty()
        command = [str(COMMAND), "--database", database, "sources", "--watch"]
        env = os.environ | {"TERM": "xterm", "COLUMNS": "120", "PYTHONUTF8": "1"}
        with subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=env) as process:
            os.close(theirs)
            shown = read_until(ours, "claimed when it is asked for by name")
            store.claim([source], store.join("ci-a"))
            shown = read_until(ours, "ci-a#")
            process.send_signal(signal.SIGINT)
            code = process.wait(30)
        os.close(ours)

    assert 0 == code
    assert re.search(r"api +● ok +\d+s ago +ci-a#", shown)


def read_until(terminal: int, text: str) -> str:
    """
    Read what is painted until a text is among it; return it without colours and movements.
    """
    painted = ""
    while text not in painted:
        painted = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", painted + os.read(terminal, 4096).decode())
    return painted


def test_buildbots_database_is_watched_too(first_host: Host) -> None:
    """
    On Buildbot's database the view has no history, and no guess of what happens next to a claim.
    """
    create(first_host.database)
    with Store(first_host.database) as store:
        store.register(["api"])
        watch = first_host.start("sources", "--watch")
        watch.out.wait_for_line(rf"^{TIME}  api  free; never claimed; claimed when it is asked for by name$")

    assert 0 == watch.stop()
