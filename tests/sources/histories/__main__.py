"""
Look for histories that are told wrongly, for as long as one likes, other ones in each run.

    python -m tests.sources.histories --examples 400
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from hypothesis import settings

from tests.sources.histories.machine import USUAL, look_for_trouble
from tests.sources.repository import HERMETIC

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.sources.histories")
    parser.add_argument("--examples", type=int, default=200)
    examples = parser.parse_args().examples
    os.environ.update(HERMETIC)
    with tempfile.TemporaryDirectory() as folder:
        look_for_trouble(Path(folder), settings(USUAL, max_examples=examples, stateful_step_count=60))
    sys.stdout.write(f"{examples} histories were told as they are\n")
