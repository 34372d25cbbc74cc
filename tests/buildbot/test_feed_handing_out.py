"""`changes.Headwater` hands out one change after the other, however slowly Buildbot's schedulers hear of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.buildbot.conftest import Urls
from tests.buildbot.feeds import Teller, following, requests_for
from tests.buildbot.masters import masters
from tests.buildbot.scenes import awaited, start_all

ON_SERVER = pytest.mark.parametrize("urls", [pytest.param("postgresql", marks=pytest.mark.postgresql)], indirect=True)

# Buildbot's caches keep nothing, and a scheduler that asks for the first change is answered so late that others could
# be added meanwhile: if the third one is, the process ends as if it were killed.
DIES_IF_TOO_EARLY = """
import os, pathlib, signal, threading
from buildbot.util.lru import LRUCache
from sqlalchemy import Engine, event
LRUCache._purge = lambda self: [kept.clear() for kept in (self.cache, self.queue, self.refcount)]
third, asked, died = threading.Event(), [], pathlib.Path(basedir) / "died"
def look(connection, cursor, statement, *_):
    if statement.startswith("INSERT INTO changes "):
        asked.append(None)
        if asked.count(None) == 3:
            third.set()
    if asked and "FROM changes" in statement and "WHERE changes.changeid =" in statement:
        asked.append("first" if asked.count(None) == 1 else "later")
        if asked.count("first") == 2 and asked[-1] == "first" and third.wait(2) and not died.exists():
            died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, "before_cursor_execute", look)
"""


@ON_SERVER
def test_none_is_added_before_the_schedulers_have_heard_of_the_last(urls: Urls, teller: Teller, tmp_path: Path) -> None:
    """
    Where Buildbot has to ask its database for a change that it hands out, the next one waits, and each is built once.
    """
    pushed = teller.push("api", "refs/heads/main", ["one", "two", "three"])
    config = following(urls.buildbot, urls.feed)
    config.more += DIES_IF_TOO_EARLY
    with masters(tmp_path, [config]) as (master,):
        start_all([master])
        died = master.folder / "died"
        awaited(lambda: died.exists() or len(requests_for(urls.buildbot)) == len(pushed) or None, "the changes")
        assert not died.exists(), "the first change would not be built"
        master.stop()

    assert [(one.oid, 1) for one in pushed] == requests_for(urls.buildbot)
