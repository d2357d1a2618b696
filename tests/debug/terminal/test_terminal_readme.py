"""The session that the README shows is one that takes place."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import graphnn
from graphnn.debug.terminal.debugger import Debugger
from graphnn.debug.terminal.words import words_of

ROOT = Path(graphnn.__file__).parents[1]
README = Path(__file__).parents[3].joinpath("README.md").read_text(encoding="utf-8")
BLOCK = re.search(
    r"^```console\n\$ graphnn (debug .*?)\n(.*?)^```", README, re.M | re.S
)
TYPED = re.compile(r"^\((?:gnn|Pdb)\) (.*)$", re.MULTILINE)


def test_the_session_takes_place(tmp_path):
    command, shown = BLOCK.groups()
    program = re.search(r"^```python\n(.*?)^```", README, re.M | re.S)[1]
    program = re.sub(r"^(print|loss\.graph\.draw)\(.*\n", "", program, flags=re.M)
    (tmp_path / "model.py").write_text(program, encoding="utf-8")
    result = subprocess.run(
        [sys.executable, "-m", "graphnn", *command.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
        input="".join(f"{line}\n" for line in TYPED.findall(shown)),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert result.stdout.replace(f"{tmp_path.resolve()}{os.sep}", "") == shown


def test_the_words_of_the_readme_are_commands():
    table = README.partition("| **Go on, and back**")[2].partition("\n\n")[0]
    known = {
        name for words in words_of(Debugger).values() for w in words for name in w.names
    }
    typed = {text.split()[0] for text in re.findall(r"`([^`]+)`", table)}
    assert len(typed) > 25
    assert typed - {","} <= known, typed - known


@pytest.mark.parametrize("name", ["set_trace", "Stepper"])
def test_what_the_readme_names_is_there(name):
    assert hasattr(graphnn, name)
