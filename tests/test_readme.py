"""What the README shows is true: its programs run, its commands are marked for CI."""

import re
from pathlib import Path

import numpy as np
import pytest

README = Path(__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def test_the_programs_run_in_the_order_in_which_they_stand(
    tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "readme"}
    for program in PROGRAMS:
        exec(compile(program, "README.md", "exec"), names)
    assert Path("loss.svg").exists()
    assert names["w"].grad.shape == (3,)
    assert names["history"].rows[-1]["accuracy"] >= 0.96
    # The reader's own Dense, from the last program, is a layer that works.
    layer = names["Dense"](2, names["gn"].Sigmoid())
    assert layer.forward(np.ones((5, 3))).shape == (5, 2)
    said = capsys.readouterr().out
    assert "softplus" in said
    # The lines of a plan are those that the program before them prints.
    excerpt = re.search(r"```text\n(# --- forward.*?)```", README, re.DOTALL)[1]
    assert without_places(excerpt) in without_places(said)


def without_places(text):
    return re.sub(r" \S+\.\w+:\d+$", "", text, flags=re.MULTILINE)


@pytest.mark.parametrize("name", ["demo", "test"])
def test_ci_finds_the_commands(name):
    marked = rf"<!-- command: {name} -->\n```bash\n(.+)\n```\n"
    assert re.search(marked, README)


def test_the_files_that_it_names_are_there():
    root = Path(__file__).parents[1]
    for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", README):
        assert (root / target).exists(), target
