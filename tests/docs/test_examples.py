"""Every example in the documents and in the docstrings runs."""

from __future__ import annotations

import doctest
import pkgutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

import headwater

ROOT = Path(__file__).parents[2]
BLOCK = "```python\n"


def documents() -> list[str]:
    """
    Return the documents that have examples in Python.
    """
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [str(path.relative_to(ROOT)) for path in found if BLOCK in path.read_text(encoding="utf-8")]


def modules() -> list[str]:
    """
    Return the modules that have examples in their docstrings.
    """
    found = pkgutil.walk_packages(headwater.__path__, "headwater.")
    paths = {module.name: Path(headwater.__path__[0], *module.name.split(".")[1:]) for module in found}
    files = {name: path / "__init__.py" if path.is_dir() else path.with_suffix(".py") for name, path in paths.items()}
    return [name for name, file in files.items() if ">>> " in file.read_text(encoding="utf-8")]


def run_block(example: Example) -> None:
    """
    Run a block with the names of those before it; one that starts a reactor is a program of its own.
    """
    if "react(" in example.parsed:
        subprocess.run([sys.executable, "-c", example.parsed], check=True, timeout=60)
    else:
        PythonEvaluator()(example)


@pytest.fixture(autouse=True)
def _in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("document", documents())
def test_blocks_of_a_document(document: str) -> None:
    """
    The Python blocks of a document run, one after the other, as somebody would type them.
    """
    sybil = Sybil(parsers=[CodeBlockParser("python", run_block)])
    parsed = sybil.parse(ROOT / document)

    for example in parsed.examples():
        example.evaluate()


def examples_of(module: str) -> Iterator[doctest.DocTest]:
    """
    Yield the docstrings of a module that have examples.
    """
    for test in doctest.DocTestFinder(exclude_empty=True).find(import_module(module)):
        if test.examples:
            yield test


@pytest.mark.parametrize("module", modules())
def test_examples_of_a_module(module: str) -> None:
    """
    The examples in the docstrings of a module give what they say.
    """
    said: list[str] = []
    runner = doctest.DocTestRunner()
    for test in examples_of(module):
        runner.run(test, out=said.append)

    assert [] == said
