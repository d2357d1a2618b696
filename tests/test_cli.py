"""The command line, run as a person runs it: in a process of its own."""

import argparse
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import graphnn
from graphnn.draw.arguments import add_arguments, settings_of

GRAD_AND_MORE = ("shape", "grad", "source")
COLOURED = {"color_by": "time", "theme": "light"}
LEFT_TO_RIGHT = {"direction": "LR", "passes": "both"}

SOURCE = Path(__file__).parents[1]

MODEL = """
import numpy as np

import graphnn as gn
from helper import FEATURES

network = gn.NeuralNetwork(
    [gn.Dense(4, activation="tanh"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
)
network.forward(np.ones((5, FEATURES)))

layer = gn.Dense(4)
layer.forward(np.ones((5, FEATURES)))

node = np.sum(gn.Parameter([1.0, 2.0]) * 3.0)
graph = node.graph

unbuilt = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError())
unbuilt_layer = gn.Dense(1)
ids = gn.NeuralNetwork([gn.Embedding(5, 3)], gn.MeanSquaredError())


class Two(gn.Layer):
    def __init__(self, neurons):
        self.one, self.other = gn.Dense(neurons), gn.Dense(neurons)

    def _connect(self, one, other):
        return self.one(one) * np.log(self.other(other))


class Fails(gn.Layer):
    def _connect(self, input_):
        return input_ * self.missing


two = gn.NeuralNetwork([Two(2)], gn.MeanSquaredError())
two_layer = Two(2)
fails = Fails()
recipe = gn.Sigmoid()
parameter = gn.Parameter([1.0])
number = 3


def make():
    return network


def needs(size):
    return network


def broken():
    return np.ones((2, 3)) @ np.ones((2, 3))
"""


def run(*arguments, cwd, script=""):
    """Run `python -m graphnn` with the package that this test imports."""
    root = str(Path(graphnn.__file__).parents[1])
    known = os.environ.get("PYTHONPATH")
    path = root if known is None else os.pathsep.join((root, known))
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "graphnn", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8"},
        input=script,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "helper.py").write_text("FEATURES = 3\n")
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path


def error_of(result):
    """Check that a command failed with one line and no traceback; return the line."""
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert result.stderr.startswith("graphnn: error: ")
    assert result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def test_demo_trains_draws_and_steps(tmp_path):
    result = run("demo", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    accuracy = re.search(r"Test accuracy: ([\d.]+)%", result.stdout)
    assert float(accuracy[1]) >= 96
    assert "<svg" in (tmp_path / "graphnn-demo.svg").read_text(encoding="utf-8")
    steps = result.stdout.partition("step by step")[2]
    assert "sigmoid" in steps
    assert "(32, 64)" in steps
    assert "demo.py:" in steps
    # Standard error is not a terminal here: no progress line may fill a log. (Nothing
    # else is asked of it: fontconfig has opinions about some machines.)
    assert "batch/s" not in result.stderr


def test_demo_without_a_writable_folder_still_runs_to_its_end(tmp_path):
    (tmp_path / "graphnn-demo.svg").mkdir()
    result = run("demo", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "No picture" in result.stdout
    assert "What to try next" in result.stdout


@pytest.mark.parametrize("thing", ["network", "make", "layer", "node", "graph"])
def test_summary(folder, thing):
    result = run("summary", f"model.py:{thing}", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert ("sum" if thing in ("node", "graph") else "dense") in result.stdout


def test_summary_of_a_file_in_another_folder(folder, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    result = run("summary", f"{folder / 'model.py'}:network", cwd=elsewhere)
    assert result.returncode == 0, result.stderr


def test_a_file_may_be_named_like_a_module_that_others_need(folder):
    (folder / "numpy.py").write_text(
        "import graphnn as gn\nnode = gn.Parameter([1.0]) * 2\n"
    )
    # It is not imported in NumPy's place as long as it lies in another folder.
    result = run("summary", f"{folder / 'numpy.py'}:node", cwd=folder.parent)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("thing", ["network", "layer", "node", "graph"])
def test_draw_writes_the_name_as_svg(folder, thing):
    result = run("draw", f"model.py:{thing}", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout == f"{thing}.svg\n"
    assert "<svg" in (folder / f"{thing}.svg").read_text(encoding="utf-8")


def test_draw_into_a_chosen_file(folder):
    result = run("draw", "model.py:network", "-o", "out.dot", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert (folder / "out.dot").read_text(encoding="utf-8").startswith("digraph")


def test_draw_into_several_files(folder):
    names = ["a.svg", "b.gv", "c.mmd", "d.json", "e.graphml"]
    chosen = [part for name in names for part in ("-o", name)]
    result = run("draw", "model.py:network", *chosen, cwd=folder)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == names
    starts = ["<?xml", "digraph", "---", "{", "<?xml"]
    for name, start in zip(names, starts, strict=True):
        text = (folder / name).read_text(encoding="utf-8")
        assert text.startswith(start) or "flowchart" in text, name


@pytest.mark.parametrize(
    ("typed", "keywords"),
    [
        ([], {}),
        (["--show", "shape,grad", "--show", "source"], {"show": GRAD_AND_MORE}),
        (["--show", ""], {"show": ()}),
        (["--target", "a"], {"target": "a"}),
        (["--target", "a", "--target", "b"], {"target": ["a", "b"]}),
        (["--fold", "a/*", "--fold", "b"], {"fold": ("a/*", "b")}),
        (["--expand", "a"], {"expand": ("a",)}),
        (["--highlight", "*/tanh"], {"highlight": ("*/tanh",)}),
        (["--depth", "0", "--max-nodes", "50"], {"depth": 0, "max_nodes": 50}),
        (["--max-nodes", "none"], {"max_nodes": None}),
        (["--within", "a", "--no-repeats"], {"within": "a", "repeats": False}),
        (["--around", "a", "--radius", "2"], {"around": "a", "radius": 2}),
        (["--color-by", "time", "--theme", "light"], COLOURED),
        (["--direction", "LR", "--passes", "both"], LEFT_TO_RIGHT),
        (["--layout", "dot", "--caption", "one"], {"layout": "dot", "caption": "one"}),
    ],
)
def test_what_is_typed_is_what_draw_is_given(typed, keywords):
    known = argparse.ArgumentParser()
    add_arguments(known)
    assert settings_of(known.parse_args(typed)) == keywords


def test_every_choice_of_draw_can_be_typed():
    known = argparse.ArgumentParser()
    add_arguments(known)
    options = set(vars(known.parse_args([]))) - {"outputs", "backward"}
    settings = set(inspect.signature(graphnn.Graph.draw).parameters)
    # marks and notes are mappings: for programs
    assert settings - {"self", "path", "marks", "notes", "unknown"} == options


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--direction", "tb"], "Did you mean 'TB'?"),
        (["--show", "shape,gard"], "Did you mean 'grad'?"),
        (["--passes", "bacward"], "Did you mean 'backward'?"),
        (["--color-by", "gradnorm"], "Did you mean 'grad_norm'?"),
        (["--theme", "lihgt"], "Did you mean 'light'?"),
        (["--layout", "dott"], "Did you mean 'dot'?"),
        (["--depth", "-1"], "depth=-1"),
        (["--radius", "2"], "--around NAME"),
        (["--target", "dense_1/tahn"], "Did you mean 'dense_1/tanh'?"),
        (["--around", "dense_1/tahn"], "Did you mean 'dense_1/tanh'?"),
        (["--backward", "--target", "a", "--target", "b"], "Give one --target"),
    ],
)
def test_what_cannot_be_drawn(folder, arguments, says):
    assert says in error_of(run("draw", "model.py:network", *arguments, cwd=folder))
    assert not list(folder.glob("*.svg"))


@pytest.mark.parametrize(
    ("command", "option", "meant"),
    [
        ("draw", "--colour-by", "--color-by"),
        ("draw", "--hilight", "--highlight"),
        ("summary", "--deep=1", "--depth"),
        ("debug", "--trainig", "--training"),
    ],
)
def test_an_unknown_option_is_answered_with_the_nearest(folder, command, option, meant):
    result = run(command, "model.py:network", option, cwd=folder)
    assert result.returncode == 2
    assert f"Did you mean '{meant}'?" in result.stderr


@pytest.mark.parametrize(
    ("thing", "options"),
    [
        ("network", []),
        ("network", ["--input", "4,3"]),
        ("unbuilt", ["--input", "4,13"]),
        ("layer", []),
        ("node", []),
        ("ids", ["--input", "6,7:int"]),
        ("recipe", ["--input", "2,2"]),
    ],
)
def test_gradients_are_there_where_they_are_asked_for(folder, thing, options):
    for more in (["--show", "grad"], ["--passes", "both", "--show=grad"]):
        chosen = [*options, *more, "-o", "out.dot"]
        result = run("draw", f"model.py:{thing}", *chosen, cwd=folder)
        assert result.returncode == 0, result.stderr
        text = (folder / "out.dot").read_text(encoding="utf-8")
        assert re.search(r"grad‖ [0-9.]+|grad \[*[-0-9.]+", text)


def test_a_backward_pass_that_fails_is_drawn_all_the_same(folder):
    (folder / "wrong.py").write_text(
        textwrap.dedent(
            """
            import graphnn as gn

            class Half(gn.Operation):
                def _output(self):
                    return self.input_[:, ::2]

                def _input_grad(self, output_grad):
                    return output_grad

            layers = [gn.Dense(6), gn.Activation(Half()), gn.Dense(3)]
            network = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=1)
            """
        )
    )
    typed = ["wrong.py:network", "--input", "4,8", "--passes", "both", "-o", "n.json"]
    result = run("draw", *typed, cwd=folder)
    assert (result.returncode, result.stdout) == (2, "n.json\n")
    assert "Half returned a gradient of shape" in result.stderr
    nodes = json.loads((folder / "n.json").read_text())["nodes"]
    (failed,) = [node for node in nodes if "failed" in node["lines"]]
    assert failed["name"] == "activation_1/half"


def test_gradients_of_what_has_none(folder):
    (folder / "whole.py").write_text(
        "import graphnn as gn\nimport numpy as np\n"
        "node = np.argmax(gn.Input('x', value=np.ones(3)))\n"
    )
    line = error_of(run("draw", "whole.py:node", "--backward", cwd=folder))
    assert "there are no gradients to draw: argmax holds int64" in line


def test_summary_of_layers_in_a_width(folder):
    result = run("summary", "model.py:network", "--depth", "1", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert "dense_1  Dense" in result.stdout
    assert "tanh" not in result.stdout
    result = run("summary", "model.py:network", "--width", "40", cwd=folder)
    assert max(map(len, result.stdout.splitlines())) <= 40
    result = run("summary", "model.py:network", "--tree", cwd=folder)
    assert "│ └ tanh" in result.stdout
    for options in (["--width", "3"], ["--depth", "-1"]):
        error_of(run("summary", "model.py:network", *options, cwd=folder))


def test_a_long_summary_is_whole_if_it_is_to_be(folder):
    (folder / "deep.py").write_text(
        "import graphnn as gn\nimport numpy as np\n"
        "network = gn.NeuralNetwork([gn.Dense(2) for _ in range(120)], "
        "gn.MeanSquaredError())\n"
    )
    thing = ["deep.py:network", "--input", "3,2"]
    assert "× 120" in run("summary", *thing, cwd=folder).stdout
    assert "dense_77/bias_add" in run("summary", *thing, "--all", cwd=folder).stdout
    assert "× 120" in run("summary", *thing, "--tree", cwd=folder).stdout


@pytest.mark.parametrize(
    ("thing", "says"),
    [
        ("model.py", "file.py:name"),
        ("model.py:", "file.py:name"),
        ("modle.py:network", "modle.py does not exist"),
        (".:network", "is not a file"),
        ("model.py:netwrok", "Did you mean 'network'?"),
        ("model.py:number", "is of type int"),
        ("model.py:gn", "is of type module"),
        ("model.py:unbuilt", "has no graph yet"),
        ("model.py:unbuilt_layer", "has no graph yet"),
        ("model.py:recipe", "has no graph yet"),
        ("model.py:parameter", "has no graph yet"),
        ("model.py:unbuilt", "a batch: --input 4,13 (with a dtype: --input 4,20:int)"),
        ("model.py:needs", "missing a required argument: 'size'"),
        ("model.py:needs", "Wrap it in a function that takes none"),
        ("model.py:Two", "Give an instance instead of the class: it = Two(…)"),
    ],
)
@pytest.mark.parametrize("command", ["summary", "draw"])
def test_what_cannot_be_shown(folder, command, thing, says):
    assert says in error_of(run(command, thing, cwd=folder))
    assert not list(folder.glob("*.svg"))


@pytest.mark.parametrize(
    ("thing", "inputs", "shows"),
    [
        ("unbuilt", ["4,13"], ["input", "(4, 13)", "dense_1/bias_add", "(4, 1)"]),
        ("unbuilt_layer", [" 4 , 13"], ["dense_1/weight_multiply", "(4, 1)"]),
        ("ids", ["6,7:int"], ["embedding_1", "(6, 7, 3)"]),
        ("two", ["4,3", "4,5:float32"], ["two_1/dense_2/bias_add", "two_1/log"]),
        ("two_layer", ["4,3", "4,5"], ["two_1/dense_2/bias_add", "(4, 5)"]),
        ("recipe", ["2,2,2"], ["sigmoid", "(2, 2, 2)"]),
        ("network", ["9,3"], ["(9, 4)"]),
        ("make", ["9,3"], ["(9, 4)"]),
    ],
)
def test_what_has_not_run_runs_on_zeros(folder, thing, inputs, shows):
    options = [part for shape in inputs for part in ("--input", shape)]
    result = run("summary", f"model.py:{thing}", *options, cwd=folder)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    for text in shows:
        assert text in result.stdout
    result = run("draw", f"model.py:{thing}", *options, "-o", "out.dot", cwd=folder)
    assert result.returncode == 0, result.stderr
    assert (folder / "out.dot").read_text(encoding="utf-8").startswith("digraph")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["unbuilt", "--input", "4x13"], "--input 4x13 is no shape. Write the sizes"),
        (["unbuilt", "--input", "4,-1"], "is no shape"),
        (["unbuilt", "--input", "4,,1"], "is no shape"),
        (["unbuilt", "--input", "0,1"], "is no shape"),
        (["unbuilt", "--input", "4:itn"], "'itn' is no dtype of numbers. Did you mean"),
        (["unbuilt", "--input", "4:str"], "'str' is no dtype of numbers"),
        (["unbuilt", "--input", "4"], "Dense takes a batch"),
        (["two", "--input", "4,3"], "Two takes 2 inputs, 1 given"),
        (["network", "--input", "4,5"], "was set up for rows of shape (3,)"),
        (["graph", "--input", "4,5"], "graph (Graph) takes no --input"),
        (["node", "--input", "4,5"], "takes no --input"),
        (["parameter", "--input", "4,5"], "takes no --input"),
    ],
)
def test_inputs_that_cannot_be(folder, arguments, says):
    thing, *options = arguments
    assert says in error_of(run("summary", f"model.py:{thing}", *options, cwd=folder))


def test_an_exception_on_zeros_shows_the_users_lines(folder):
    result = run("draw", "model.py:fails", "--input", "4,13", cwd=folder)
    assert result.returncode == 1
    assert "return input_ * self.missing" in result.stderr
    assert "AttributeError" in result.stderr
    assert "user_code.py" not in result.stderr


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("out.svgg", "svg"),
        ("nowhere/out.svg", "nowhere"),
        ("model.py/out.svg", "model"),
    ],
)
def test_where_nothing_can_be_drawn(folder, output, says):
    assert says in error_of(run("draw", "model.py:network", "-o", output, cwd=folder))


def test_an_exception_in_the_users_function_shows_the_users_lines(folder):
    result = run("summary", "model.py:broken", cwd=folder)
    assert result.returncode == 1
    assert "return np.ones((2, 3)) @ np.ones((2, 3))" in result.stderr
    assert "ValueError" in result.stderr
    assert "user_code.py" not in result.stderr


def test_an_exception_in_the_users_file_shows_the_users_lines(folder):
    (folder / "broken.py").write_text("import helper\nhelper.nothing\n")
    result = run("summary", "broken.py:network", cwd=folder)
    assert result.returncode == 1
    assert 'broken.py", line 2' in result.stderr
    assert "AttributeError" in result.stderr
    assert "user_code.py" not in result.stderr
    assert "importlib" not in result.stderr


def test_a_syntax_error_in_the_users_file_shows_its_line(folder):
    (folder / "broken.py").write_text("network = (\n")
    result = run("summary", "broken.py:network", cwd=folder)
    assert result.returncode == 1
    assert 'broken.py", line 1' in result.stderr
    assert "SyntaxError" in result.stderr
    assert "user_code.py" not in result.stderr


def test_a_file_that_exits_when_it_is_loaded(folder):
    (folder / "script.py").write_text("import sys\nsys.exit(0)\n")
    assert "__main__" in error_of(run("summary", "script.py:network", cwd=folder))


CHECKED = """
import numpy as np

import graphnn as gn
from model import layer, make, network, node, graph, parameter, number, unbuilt  # noqa


class Double(gn.Operation):
    def _output(self):
        return 2.0 * self.input_

    def _input_grad(self, output_grad):
        return 2.0 * output_grad


class Wrong(Double):
    def _input_grad(self, output_grad):
        return 2.002 * output_grad


class Broken(Double):
    def _input_grad(self, output_grad):
        return output_grad * self.factor


class Power(gn.Operation):
    def __init__(self, exponent):
        self.exponent = exponent


recipe = Wrong()
large = np.sum(Double()(gn.Input("x", value=np.linspace(1, 2, 900))))


def function(x, w):
    return np.tanh(x * w)


def makes():
    return np.sum(Double()(gn.Parameter([1.0, 2.0])))


def raises():
    return np.ones(2) @ np.ones(3)
"""


@pytest.fixture
def checked(folder):
    (folder / "ops.py").write_text(CHECKED)
    return folder


@pytest.mark.parametrize(
    "thing",
    [
        *["network", "unbuilt", "layer", "node", "graph", "make", "Double"],
        *["function", "makes", "large"],
    ],
)
def test_check_of_what_is_right(checked, thing):
    result = run("check", f"ops.py:{thing}", cwd=checked)
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines()[0].startswith("node")
    assert result.stdout.endswith("comparisons, all right\n")


@pytest.mark.parametrize("thing", ["Wrong", "recipe"])
def test_check_of_what_is_wrong(checked, thing):
    result = run("check", f"ops.py:{thing}", cwd=checked)
    assert result.returncode == 1
    assert result.stderr == ""
    assert "wrong (Wrong, ops.py:9), gradient of input 0 (x)" in result.stdout
    assert "off by 0.0999 %" in result.stdout
    assert "The formula is Wrong._input_grad (ops.py:17)" in result.stdout
    assert result.stdout.endswith("6 of 15 comparisons wrong\n")


def test_the_options_of_check(checked):
    def compared(*options):
        result = run("check", "ops.py:large", *options, cwd=checked)
        assert result.returncode == 0, result.stderr
        return result.stdout

    first = compared("--order", "1", "--samples", "7", "--seed", "3")
    rows = first.splitlines()[2:-1]
    assert rows
    assert "2nd order" not in first
    assert all(re.search(r" 7  +\d\.\de-\d+  ok", row) for row in rows)
    second = compared("--samples", "7", "--seed", "3")
    for row in second.splitlines()[2:-1]:
        assert re.search(r" 7  +\d\.\de[-+]\d+  \d\.\de", row)
    assert first != compared("--order", "1", "--samples", "7", "--seed", "4")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["ops.py:Powr"], "Did you mean 'Power'?"),
        (["ops.py:Power"], "Power cannot be made without arguments"),
        (["ops.py:number"], "3 has no gradients to check"),
        (["ops.py:parameter"], "computes nothing: there is no gradient to check"),
        (["ops.py:gn"], "has no gradients to check"),
        (["ops.py"], "file.py:name"),
        (["ops.py:Double", "--samples", "0"], "samples is a whole number"),
    ],
)
def test_what_cannot_be_checked(checked, arguments, says):
    assert says in error_of(run("check", *arguments, cwd=checked))


def test_check_knows_two_orders(checked):
    result = run("check", "ops.py:Double", "--order", "3", cwd=checked)
    assert result.returncode == 2
    assert "invalid choice: 3" in result.stderr


@pytest.mark.parametrize(
    ("thing", "line", "error"),
    [
        ("Broken", "return output_grad * self.factor", "AttributeError"),
        ("raises", "return np.ones(2) @ np.ones(3)", "ValueError"),
    ],
)
def test_check_shows_the_users_line_of_an_exception(checked, thing, line, error):
    result = run("check", f"ops.py:{thing}", cwd=checked)
    assert result.returncode == 1
    assert line in result.stderr
    assert error in result.stderr
    assert result.stdout == ""


def debugged(folder, *arguments, script=""):
    """Run `graphnn debug` with a script in the place of a person."""
    return run("debug", *arguments, cwd=folder, script=script)


@pytest.mark.parametrize(
    ("thing", "options", "steps"),
    [
        ("network", [], 10),
        ("make", [], 10),
        ("layer", [], 4),
        ("node", [], 4),
        ("graph", [], 4),
        ("unbuilt", ["--input", "4,13"], 4),
        ("recipe", ["--input", "2,2,2"], 2),
        ("network", ["--target", "dense_1/tanh"], 6),
    ],
)
def test_debug_steps_through_both_passes(folder, thing, options, steps):
    result = debugged(folder, f"model.py:{thing}", *options, script="c\np index\n")
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert f"\n[0/{steps}] before the first step" in f"\n{result.stdout}"
    assert f"[{steps}/{steps}] backward" in result.stdout
    assert result.stdout.endswith(f"(gnn) p index\n{steps}\n(gnn) \n")


def test_debug_runs_the_commands_that_it_is_given(folder):
    result = debugged(
        folder, "model.py:network", "-c", "b tanh", "--command", "c", "-c", "q"
    )
    assert result.returncode == 0, result.stderr
    assert "Breakpoint 1\n[3/10] forward  dense_1/tanh  (Tanh, model.py:8)" in (
        result.stdout
    )


def test_debug_sees_the_names_of_the_file(folder):
    result = debugged(folder, "model.py:network", script="p FEATURES\np number\n")
    assert "(gnn) p FEATURES\n3\n(gnn) p number\n3\n" in result.stdout


def test_debug_in_training_mode(folder):
    result = debugged(folder, "model.py:network", "--training", script="info\n")
    assert "5 forward, 5 backward; training\n" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["model.py"], "file.py:name"),
        (["model.py:netwrok"], "Did you mean 'network'?"),
        (["model.py:unbuilt"], "has no graph yet"),
        (["model.py:number"], "is of type int"),
        (["model.py:needs"], "missing a required argument: 'size'"),
        (["model.py:network", "--target", "dense_1/tahn"], "Did you mean"),
        (["model.py:network", "--input", "4x3"], "is no shape"),
        (["model.py:graph", "--input", "4,3"], "takes no --input"),
    ],
)
def test_what_cannot_be_debugged(folder, arguments, says):
    assert says in error_of(debugged(folder, *arguments))


def test_debug_shows_the_users_line_of_an_exception(folder):
    result = debugged(folder, "model.py:broken")
    assert result.returncode == 1
    assert "return np.ones((2, 3)) @ np.ones((2, 3))" in result.stderr
    assert "launching.py" not in result.stderr


def test_bench_measures_and_says_with_what():
    result = run(
        *("bench", "--workloads", "w1", "--peers", "graphnn,numpy_out"),
        *("--rounds", "1", "--seconds", "0.01"),
        cwd=SOURCE,
    )
    assert result.returncode == 0, result.stderr
    assert "NumPy " in result.stdout.splitlines()[0]
    assert re.search(r"^graphnn  .*\d( \*)?$", result.stdout, re.MULTILINE)
    assert re.search(r"^NumPy, out=  .* 1\.00 ", result.stdout, re.MULTILINE)


def test_bench_explains_its_options():
    result = run("bench", "--help", cwd=SOURCE)
    assert result.returncode == 0, result.stderr
    assert result.stdout.startswith("usage: graphnn bench ")
    assert "--workloads" in result.stdout


def test_bench_gives_back_its_exit_status():
    result = run("bench", "--workloads", "w99", cwd=SOURCE)
    assert result.returncode == 2
    assert "there is no 'w99'; there are w1, w2" in result.stderr


def test_bench_without_the_source_says_where_it_is(tmp_path):
    package = Path(graphnn.__file__).parent
    shutil.copytree(package, tmp_path / "alone" / "graphnn")
    result = subprocess.run(
        [sys.executable, "-m", "graphnn", "bench", "--short"],
        cwd=tmp_path / "alone",
        env={**os.environ, "PYTHONPATH": str(tmp_path / "alone")},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert "a clone of its repository" in error_of(result)


def test_an_unknown_option_is_refused_by_the_other_commands(folder):
    result = run("summary", "model.py:network", "--short", cwd=folder)
    assert result.returncode == 2
    assert "unrecognized arguments: --short" in result.stderr


def test_version(tmp_path):
    result = run("--version", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.startswith("graphnn ")


def test_without_a_command_the_commands_are_listed(tmp_path):
    result = run(cwd=tmp_path)
    assert result.returncode == 2
    assert "command" in result.stderr


@pytest.mark.skipif(os.name == "nt", reason="head is not there")
def test_a_reader_that_stops_early_is_no_error(folder):
    many = "\nnodes = gn.Parameter([1.0])\nfor _ in range(20000): nodes = nodes + 1.0\n"
    (folder / "model.py").write_text(MODEL + textwrap.dedent(many))
    root = str(Path(graphnn.__file__).parents[1])
    result = subprocess.run(
        f"{sys.executable} -m graphnn summary model.py:nodes | head -n 1",
        shell=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": root},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert result.stdout.count("\n") == 1
    assert result.stderr == ""
