"""The figures as Markdown, for the page about benchmarks in the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from bench.figures import HEADINGS, rows
from bench.results import DatabaseResults, Report


def markdown(report: Report) -> str:
    """
    Return a run as Markdown: the machine, then a section with a table for each database.
    """
    return "\n".join([*_machine(report), *(line for database in report.databases for line in _database(database))])


def _machine(report: Report) -> Iterator[str]:
    machine = report.machine
    yield f"Measured on {report.measured_at} in {report.rounds} rounds{' with --quick' if report.quick else ''}:"
    yield f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB of memory,"
    yield f"{machine['system']}, {machine['python']}, {machine['file_system']},"
    yield f"{machine['fsync_ms']} ms for a small write to be on the disk."


def _database(database: DatabaseResults) -> Iterator[str]:
    yield from ("", f"### {database.version}", "")
    settings = ", ".join(f"`{name}` {value}" for name, value in database.settings.items())
    yield f"Settings, the same for all sides: {settings}."
    for side, packages in database.software.items():
        if packages:
            yield f"The side `{side}`: {', '.join(f'{name} {version}' for name, version in packages.items())}."
    yield f"Load of the machine: {database.load_before} before, {database.load_after} after."
    yield ""
    yield _line(HEADINGS)
    yield _line("---" for _ in HEADINGS)
    yield from (_line(row.cells) for row in rows(database))


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
