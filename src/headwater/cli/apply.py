"""``headwater apply``: make the registry match a file; the plan is shown first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import click
from msgspec import Struct

from headwater.blocking import Store
from headwater.cli.asking import confirm, yes_option
from headwater.cli.differences import difference_line
from headwater.cli.formats import format_option, show_json
from headwater.cli.planning import Added, Altered, Plan, Removed, plan
from headwater.cli.screens import counted, printable
from headwater.cli.settingkeys import FORMS, shown
from headwater.cli.sourcesfile import sources_in
from headwater.errors import EditedMeanwhileError, HeadwaterError, UnknownChangeSourceError
from headwater.values import Settings, Watched


class PlanOutdatedError(HeadwaterError):
    """
    The registry has changed since the plan was made.
    """

    def __init__(self, file: Path, error: HeadwaterError) -> None:
        super().__init__(file, error)
        self.file = file
        self.error = error

    def __str__(self) -> str:
        return (
            f"{self.error}; nothing was done: run `headwater apply {self.file}` again for a plan of what is there now"
        )


class Applied(Struct, kw_only=True):
    """
    A plan, and what became of it, as programs get it.
    """

    plan: Plan
    is_done: bool
    ids: dict[str, int]
    """The ids of those that were added."""


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE")
@click.option("--prune", is_flag=True, help="Remove the sources that the file does not have.")
@yes_option
@format_option
@click.pass_obj
def apply(database: str, file: Path, prune: bool, yes: bool, format_: str) -> None:  # noqa: FBT001 - click passes flags so
    """
    Add and change sources until they are as a TOML file says; show the plan first, and ask.

    All of it is done, or nothing. What a source has seen stays, whatever changes. As JSON, and without --yes, only the
    plan is shown.
    """
    want = sources_in(file)
    with Store(database) as store:
        have = store.watched()
        planned = plan(have, want, prune=prune)
        if format_ == "table":
            for line in _lines(planned):
                click.echo(line)
        is_wanted = not planned.is_empty and (yes if format_ == "json" else confirm("Do that?", yes=yes))
        ids = _carry_out(store, planned, have, file) if is_wanted else {}
    if format_ == "json":
        show_json(Applied(plan=planned, is_done=is_wanted, ids=ids))
    elif is_wanted:
        click.echo("Done.")


def _carry_out(store: Store, planned: Plan, have: Iterable[Watched], file: Path) -> dict[str, int]:
    """
    Do what was shown, or nothing.
    """
    touched = {one.id for one in planned.change} | {one.id for one in planned.remove}
    try:
        return store.edit(
            add={one.name: one.settings for one in planned.add},
            change={one.id: (one.name, one.settings) for one in planned.change},
            remove=[one.id for one in planned.remove],
            seen={one.id: (one.name, one.settings) for one in have if one.id in touched},
        )
    except (EditedMeanwhileError, UnknownChangeSourceError) as error:
        raise PlanOutdatedError(file, error) from error


def _lines(planned: Plan) -> Iterator[str]:
    for added in planned.add:
        yield from _added(added)
    for altered in planned.change:
        yield from _altered(altered)
    for removed in planned.remove:
        yield _removed(removed, planned)
    yield _summary(planned)


def _added(added: Added) -> Iterator[str]:
    usual = Settings(kind="git", url="")
    yield click.style(f"+ {printable(added.name)}", fg="green", bold=True)
    for key in FORMS:
        value = getattr(added.settings, key)
        if value != getattr(usual, key):
            yield f"    {key}  {printable(shown(key, value))}"


def _altered(altered: Altered) -> Iterator[str]:
    yield click.style(f"~ {printable(altered.name)}", fg="yellow", bold=True)
    for difference in altered.differences:
        yield f"    {difference_line(difference)}"


def _removed(removed: Removed, planned: Plan) -> str:
    again = next((one.name for one in planned.add if one.settings.url == removed.url), None)
    renamed = "" if again is None else f"  (if this is a new name: headwater set {removed.name} name={again})"
    return click.style(f"- {printable(removed.name)}", fg="red", bold=True) + printable(renamed)


def _summary(planned: Plan) -> str:
    stay = f"; {counted(len(planned.stay), 'source')} more, which the file does not have" if planned.stay else ""
    if planned.is_empty:
        return f"Nothing is to be done: {counted(planned.unchanged, 'source')} as the file says{stay}."
    counts = (("add", planned.add), ("change", planned.change), ("remove", planned.remove))
    todo = ", ".join(f"{len(some)} to {verb}" for verb, some in counts if some)
    return f"{todo}; {planned.unchanged} unchanged{stay}."
