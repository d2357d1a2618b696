"""Examples say the same whether their passes are planned or stepped."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

STEPPED = """
import runpy, sys
from graphnn.graph.watching import Watcher, watched_by
sys.argv = sys.argv[1:]
with watched_by(Watcher()):
    runpy.run_path(sys.argv[0], run_name="__main__")
"""

TIME = re.compile(r"\d\s?(s|ms|µs|seconds)\b")
"""In a line that tells how long something took."""


def said_by(*arguments):
    """Run an example in a process of its own; give the lines that it prints."""
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    environment |= {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    result = subprocess.run(
        [sys.executable, *arguments],
        env=environment,
        check=True,
        capture_output=True,
        encoding="utf-8",
    )
    return [line for line in result.stdout.splitlines() if not TIME.search(line)]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["04_regression", "05_digits_mlp", "08_autoencoder", "14_find_the_nan"]
)
def test_planned_and_stepped_they_say_the_same(name, tmp_path):
    pytest.importorskip("matplotlib")
    example = str(ROOT / "examples" / f"{name}.py")
    said = said_by(example, str(tmp_path))
    assert len(said) > 10
    assert said == said_by("-c", STEPPED, example, str(tmp_path))
