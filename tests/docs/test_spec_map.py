"""The tests that the documentation names are there, and the table of the connector's sentences names them all."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]

SPEC_MAP = REPOSITORY / "docs" / "reference" / "spec-map.md"

NAMING = [
    SPEC_MAP,
    SPEC_MAP.with_name("faults.md"),
    *sorted((REPOSITORY / "docs" / "explanation").glob("*.md")),
    *sorted((REPOSITORY / "docs" / "decisions").glob("*.md")),
]
"""The pages that name tests."""


def named_tests(file: Path) -> set[str]:
    """
    Return the names of the tests in a module.
    """
    names = {node.name for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.FunctionDef)}
    return {name for name in names if name.startswith("test_")}


def named_in(page: Path) -> set[str]:
    """
    Return the names of tests, and of modules with tests, that a page sets in code.
    """
    return set(re.findall(r"`(?:[\w/]+/)?(test_\w+)(?:\.py)?`", page.read_text()))


@cache
def all_tests() -> frozenset[str]:
    """
    Return the names of all modules of tests and of all tests; read once for all pages.
    """
    files = list((REPOSITORY / "tests").rglob("test_*.py"))
    return frozenset(file.stem for file in files).union(*map(named_tests, files))


@pytest.mark.parametrize("page", NAMING, ids=lambda page: page.stem)
def test_named_tests_exist(page: Path) -> None:
    """
    Every test that a page names is a test, or a module of tests.
    """
    assert set() == named_in(page) - all_tests()


def test_each_sentence_has_tests() -> None:
    """
    Each of the 38 sentences of the connector's documentation has at least one test.
    """
    rows = [line for line in SPEC_MAP.read_text().splitlines() if re.match(r"\| \d+ \|", line)]

    assert list(range(1, 39)) == [int(row.split("|")[1]) for row in rows]
    assert [] == [row for row in rows if not re.search(r"conformance: `test_\w+`", row)]


def test_the_table_names_every_test_of_the_connector() -> None:
    """
    The tests of the connector are those that the table names, no more and no fewer.
    """
    tests = named_tests(REPOSITORY / "tests" / "conformance" / "test_connector.py")

    assert tests == named_in(SPEC_MAP) - {"test_connector"}
