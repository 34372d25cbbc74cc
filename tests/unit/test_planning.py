"""What `apply` is going to do, decided without a database."""

from __future__ import annotations

import pytest
from msgspec import structs

from headwater.cli.differences import Difference
from headwater.cli.planning import Added, OtherKindError, Plan, Removed, plan
from headwater.values import Settings, Watched

API = Settings(kind="git", url="https://git.example/api.git")
WEB = Settings(kind="git", url="https://git.example/web.git")
HAVE = [Watched(id=1, name="api", settings=API), Watched(id=2, name="web", settings=WEB)]


def test_nothing_is_to_be_done() -> None:
    """
    What is as it should be is left alone.
    """
    planned = plan(HAVE, {"web": WEB, "api": API}, prune=True)

    assert planned.is_empty
    assert Plan(unchanged=2) == planned


def test_what_is_new_is_added() -> None:
    """
    A name that is not there yet is added, with all its settings.
    """
    assert Plan(add=(Added(name="docs", settings=WEB),), unchanged=2) == plan(
        HAVE, {"api": API, "web": WEB, "docs": WEB}, prune=True
    )


def test_what_differs_is_changed() -> None:
    """
    A source whose settings differ keeps its id, and each difference is told.
    """
    wanted = structs.replace(API, poll=5.0, refs=("main",))
    (change,) = plan(HAVE, {"api": wanted, "web": WEB}, prune=False).change

    assert (1, "api", wanted) == (change.id, change.name, change.settings)
    assert (
        Difference(key="poll", before=60.0, after=5.0),
        Difference(key="refs", before=(), after=("main",)),
    ) == change.differences


def test_what_the_file_does_not_have_stays_unless_it_is_pruned() -> None:
    """
    A source that the file does not have is removed only on request.
    """
    assert Plan(unchanged=1, stay=("web",)) == plan(HAVE, {"api": API}, prune=False)
    assert Plan(unchanged=1, remove=(Removed(id=2, name="web", url=WEB.url),)) == plan(HAVE, {"api": API}, prune=True)


def test_a_source_cannot_become_another_kind() -> None:
    """
    What a source has seen means nothing to another kind: that is refused.
    """
    with pytest.raises(OtherKindError, match="api is of kind git, and the file says bucket"):
        plan(HAVE, {"api": Settings(kind="bucket", url="s3://acme")}, prune=False)
