"""Show what `bench.polling` measured as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from bench.pollresults import Comparison, Results, Span
from bench.pollworker import BUILDBOT, HEADWATER


def page(results: Results) -> str:
    """
    Return the tables.
    """
    lines = [
        *_table(
            ["what", "Headwater", "Buildbot", "ratio"],
            [
                *_rows(f"push of {results.commits:,} commits", results.pushes),
                *_rows("check of a path, nothing moved", results.local_checks),
                *_rows("check of a served repository, nothing moved", results.served_checks),
            ],
        ),
        "",
        *_table(
            ["git processes", "Headwater", "Buildbot"],
            [
                _processes("of a check, nothing moved", results.check_processes),
                _processes("of a push of 100 commits", results.push_processes),
            ],
        ),
        "",
        *_table(
            ["scene", "pushed", "by", "lost", "doubled", "flooded", "note"],
            [
                [name, tally.pushed, side, tally.lost, tally.doubled, tally.flooded, tally.note]
                for name, sides in results.scenes.items()
                for side, tally in sides.items()
            ],
        ),
        "",
        _circumstances(results),
    ]
    return "\n".join(lines) + "\n"


def _circumstances(results: Results) -> str:
    load = f"load of the machine: {results.load_before} before, {results.load_after} after"
    return f"{results.rounds} rounds, {results.checks} checks in each, {results.database}; {load}."


def _rows(what: str, comparisons: Sequence[Comparison]) -> list[list[object]]:
    return [[f"{what}: {one.what}", _span(one.headwater), _span(one.buildbot), _span(one.ratio)] for one in comparisons]


def _span(span: Span) -> str:
    return f"{_figure(span.median)} ({_figure(span.lowest)} to {_figure(span.highest)})"


def _figure(value: float) -> str:
    return f"{value:.4f}" if value < 0.1 else f"{value:.3g}" if value < 100 else f"{value:,.0f}"  # noqa: PLR2004 - digits


def _processes(what: str, started: dict[str, dict[str, int]]) -> list[object]:
    def told(side: str) -> str:
        commands = ", ".join(f"{number} {name}" for name, number in sorted(started[side].items()))
        return f"{sum(started[side].values())}: {commands}"

    return [what, told(HEADWATER), told(BUILDBOT)]


def _table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"
