"""A secret that a master uses is nowhere afterwards, nor anywhere on the way."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from unittest import mock
from urllib.parse import quote

from headwater import Settings, Store
from tests.acceptance.host import Host
from tests.acceptance.processes import SOON
from tests.operator import headwater
from tests.sources.procfs import Sampler
from tests.sources.repository import Repository
from tests.sources.webhost import web_host

SECRET = "hunter2/über:%41 geheim"
WRONG = "Tr0ub4dor&3 falsch"
OF_DATABASES = {
    "HEADWATER_DATABASE_OF_OTHERS": "postgresql://headwater:s3same-url@db.example/headwater",
    "MYSQL_PWD": "s3same-mysql",
    "PGPASSWORD": "s3same-postgresql",
}
"""Variables of a master's that no child is to have."""
RIGHT = ("of-a-file", "of-the-environment", "of-a-command")
COMMANDS = (
    ("sources",),
    ("sources", "--format=json"),
    *(("show", name) for name in (*RIGHT, "wrong", "unknown", "sent-on")),
    ("changes",),
    ("history", "wrong"),
    ("check", "wrong", "--dry-run"),
    ("check", "of-a-file", "--dry-run"),
    ("doctor",),
)

CREDENTIALS = """
[credentials.of-a-file]
hosts = ["{host}", "{sends_on}"]
username = "ana"
secret = "file:{folder}/secret"

[credentials.of-the-environment]
hosts = ["{host}"]
username = "ana"
secret = "env:TOKEN"

[credentials.of-a-command]
hosts = ["{host}"]
username = "ana"
secret = "cmd:cat {folder}/secret"

[credentials.wrong]
hosts = ["{host}"]
username = "ana"
secret = "file:{folder}/wrong"
"""


def forms(secret: str) -> list[str]:
    """
    Return all ways in which a secret may be written down.
    """
    in_headers = [b64encode(text.encode()).decode() for text in (secret, f"ana:{secret}")]
    return [secret, quote(secret), quote(secret, safe=""), *in_headers]


NEVER_SEEN = [*forms(SECRET), *forms(WRONG)]


def places(text: str) -> list[str]:
    """
    Return which of the secrets a text has.
    """
    return [form for form in NEVER_SEEN if form in text]


def cells(database: Path) -> Iterator[str]:
    """
    Read every column of every table.
    """
    with sqlite3.connect(database) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                yield from map(str, row)


def files(*folders: Path) -> Iterator[str]:
    """
    Read every file.
    """
    for folder in folders:
        for path in folder.rglob("*"):
            if path.is_file():
                yield path.read_bytes().decode(errors="replace")


class Scene:
    """
    A repository behind a password, a host that sends on to one that wants another, and sources for all of it.
    """

    def __init__(self, folder: Path, processes: ExitStack) -> None:
        self.repository = Repository(folder / "api.git")
        self.repository.commit("base")
        self.host = processes.enter_context(web_host(folder, password=f"ana:{SECRET}"))
        self.other = processes.enter_context(web_host(folder, password="ana:of another"))
        self.sends_on = processes.enter_context(web_host(folder, sends_on=self.other.url))
        for name, secret in (("secret", SECRET), ("wrong", WRONG)):
            (folder / name).write_text(f"{secret}\n", encoding="utf-8")
        work = folder / "work"
        work.mkdir()
        written = CREDENTIALS.format(host=self.host.url, sends_on=self.sends_on.url, folder=folder)
        (work / "headwater.toml").write_text(written, encoding="utf-8")
        self.ours = Host(work, f"sqlite:///{work}/headwater.db", processes)

    def register(self) -> None:
        """
        Register a source for each credential, and one whose host sends us on.
        """
        urls = dict.fromkeys([*RIGHT, "wrong", "unknown"], self.host.url)
        settings = {
            name: Settings(kind="git", url=f"{url}/api.git", credential=name, poll=0.5) for name, url in urls.items()
        }
        sent_on = Settings(kind="git", url=f"{self.sends_on.url}/api.git", credential="of-a-file", poll=0.5)
        with Store(self.ours.database) as store:
            store.edit(add=settings | {"sent-on": sent_on})

    def wait_until(self, is_so: Callable[[Store], bool]) -> None:
        """
        Wait until something is so in the database.
        """
        deadline = monotonic() + SOON
        with Store(self.ours.database) as store:
            while not is_so(store):
                assert monotonic() < deadline, "it does not come to that"
                sleep(0.05)

    def typed(self, *arguments: str) -> list[str]:
        """
        Return all that a command says.
        """
        ours = {"TOKEN": SECRET, "HEADWATER_CONFIG": str(self.ours.folder / "headwater.toml")}
        with mock.patch.dict(os.environ, ours):
            ended = headwater(self.ours.database, *arguments)
        return [ended.stdout, ended.stderr]


def all_was_tried(store: Store) -> bool:
    """
    Tell whether the right credentials have let us in, and all others have not.
    """
    states = Counter(condition.state for condition in store.conditions().values())
    return (states["ok"], states["broken"]) == (3, 3)


def test_a_secret_is_nowhere(tmp_path: Path) -> None:
    """
    No secret is in the database, in what commands say, in files, or in what can be seen of processes.

    There are right, wrong and unknown credentials, one whose host sends us on, and the passwords of databases.
    """
    with ExitStack() as processes:
        its = Scene(tmp_path, processes)
        its.register()
        master = its.ours.start("run", "--config=headwater.toml", "--cache=cache", TOKEN=SECRET, **OF_DATABASES)
        sampler = Sampler(master.pid, [*NEVER_SEEN, *OF_DATABASES.values(), its.ours.database])
        with sampler.looking():
            its.wait_until(all_was_tried)
            its.host.hold()
            its.repository.commit("one")
            assert its.host.held.wait(SOON)
            sampler.look()
            its.host.go_on.set()
            its.wait_until(lambda store: len(store.changes()) == 3)
        said = [line for command in COMMANDS for line in its.typed(*command)]
        said += its.typed("add", "--name=one-more", "--credential=wrong", f"{its.host.url}/api.git")
        said += its.typed("add", f"http://ana:{quote(SECRET, safe='')}@{its.host.url.removeprefix('http://')}/api.git")
        assert master.stop() == 0
        said += [*master.out.all(), *master.err.all()]

    whole = "\n".join(said)
    assert sampler.found == []
    assert {"git", "git-remote-http"} < sampler.programs
    assert any(its.host.lets_in(login) for login in its.host.logins)
    assert set(its.other.logins) == {""}
    assert "Authentication failed" in whole
    assert "is unknown to this master" in whole
    assert "would end up in the database" in whole
    assert places(whole) == []
    assert places("\n".join(cells(its.ours.folder / "headwater.db"))) == []
    assert places("\n".join(files(its.ours.folder))) == []


def test_a_secret_would_be_seen(tmp_path: Path) -> None:
    """
    A secret in an argument, in the environment or in a file is found by those who look for it.
    """
    (tmp_path / "log").write_text(f"{SECRET}\n", encoding="utf-8")
    waits = ["sh", "-c", "read line"]
    with (
        subprocess.Popen([*waits, SECRET], stdin=subprocess.PIPE) as by_argument,
        subprocess.Popen(waits, stdin=subprocess.PIPE, env=os.environ | {"TOKEN": SECRET}) as by_environment,
    ):
        sampler = Sampler(os.getpid(), NEVER_SEEN)
        sampler.look()
        for process in (by_argument, by_environment):
            process.communicate(b"\n")

    assert len(sampler.found) == 2
    assert places("\n".join(files(tmp_path))) == [SECRET]
