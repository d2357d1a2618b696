"""Real pdb and ipdb in a pseudo-terminal: stop inside backprop and look around."""

import ast
import importlib.util
import inspect
import os
import re
import sys
import textwrap
from pathlib import Path

import pytest

import graphnn
from graphnn.engine import hooks, passes
from graphnn.graph import operation

pexpect = pytest.importorskip("pexpect")
if sys.platform == "win32":
    pytest.skip("pseudo-terminals are of Unix", allow_module_level=True)

SCRIPT = """\
import numpy as np
import graphnn as gn


class Cube(gn.Operation):
    def _output(self):
        return self.input_**3

    def _input_grad(self, output_grad):
        return output_grad * 3 * self.input_**2


w = gn.Parameter([2.0, 5.0], name="w")
y = Cube()(gn.Sigmoid()(w) * 0.0 + w)
loss = np.sum(y)
loss.graph.forward()
loss.backward()
print("gradient:", w.grad)
"""
LINES = SCRIPT.splitlines()
FORMULA = 1 + LINES.index("        return output_grad * 3 * self.input_**2")
OUTPUT = 1 + LINES.index("        return self.input_**3")
FORWARD = 1 + LINES.index("loss.graph.forward()")
BACKWARD = 1 + LINES.index("loss.backward()")
NAMES = '{"node", "output_grad", "input_grads"} <= set(locals())'
ENGINE = os.path.join("graphnn", "engine", "")  # noqa: PTH118
ROOT = Path(graphnn.__file__).parents[1]
REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
HAS_IPDB = importlib.util.find_spec("ipdb") is not None


class Session:
    """A debugger with a script, driven as a person does."""

    def __init__(self, folder, debugger="pdb", script=SCRIPT, module=True):
        (folder / "script.py").write_text(script)
        self.prompt = {"pdb": r"\(Pdb\) ", "ipdb": "ipdb> "}[debugger]
        arguments = ["-m", debugger] if module else []
        self.child = pexpect.spawn(
            sys.executable,
            [*arguments, "script.py"],
            cwd=str(folder),
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "TERM": "dumb",
                "PYTHON_COLORS": "0",
                "IPY_TEST_SIMPLE_PROMPT": "1",  # read commands as from a pipe
                "IPYTHONDIR": str(folder),
                "HOME": str(folder),
            },
            encoding="utf-8",
            timeout=120,
            echo=False,
            dimensions=(50, 400),
        )
        self.heard()

    def heard(self):
        self.child.expect(self.prompt)
        text = re.sub(r"\x1b\[[0-9;]*m", "", self.child.before)
        return text.replace("\r\n", "\n")

    def say(self, command):
        self.child.sendline(command)
        return self.heard()

    def climb(self, most=6):
        """Go up to the engine's frame; give its header and the number of ups."""
        for ups in range(1, most + 1):
            header = self.say("up")
            if "True" in self.say(f"p {NAMES}"):
                return header, ups
        raise AssertionError(f"no frame with these names within {most} ups: {header}")

    def finish(self):
        self.child.sendline("c")
        self.child.expect(r"gradient: \[12\. 75\.\]")


@pytest.fixture
def begin(tmp_path):
    sessions = []

    def start(*arguments, **settings):
        sessions.append(Session(tmp_path, *arguments, **settings))
        return sessions[-1]

    yield start
    for session in sessions:
        session.child.close(force=True)


@pytest.fixture
def session(begin):
    return begin()


@pytest.mark.parametrize(
    "debugger",
    [
        "pdb",
        pytest.param(
            "ipdb",
            marks=pytest.mark.skipif(
                not HAS_IPDB, reason="ipdb is not installed (extra: test)"
            ),
        ),
    ],
)
def test_breakpoint_in_the_users_own_hook(begin, debugger):
    session = begin(debugger)
    assert "Breakpoint 1" in session.say(f"b script.py:{FORMULA}")
    stopped = session.say("c")
    assert f"script.py({FORMULA})_input_grad()" in stopped
    assert "array([2., 5.])" in session.say("p self.input_")
    assert "array([  8., 125.])" in session.say("p self.output")
    assert "array([1., 1.])" in session.say("p output_grad")
    assert "<Cube 'cube': float64 (2,), norm 125.3>" in session.say("p self")
    header, ups = session.climb()
    assert ENGINE in header
    assert ups == 2
    assert "True" in session.say("p node.output_grad is output_grad")
    assert "<Cube 'cube'" in session.say("p node")
    assert "array([1., 1.])" in session.say("p output_grad")
    assert "None" in session.say("p input_grads"), "what the hook is about to return"
    assert "passes.py" in session.say("up")
    assert "<Cube 'cube'" in session.say("p node")
    assert "array([1., 1.])" in session.say("p gradients[node.id]")
    session.say("clear 1")
    session.finish()


def test_breakpoint_on_the_librarys_hook(session):
    session.say("import graphnn")
    answer = session.say("b graphnn.ops.activations.Sigmoid._input_grad")
    assert "Breakpoint 1 at" in answer
    assert "activations.py" in answer
    stopped = session.say("c")
    assert "activations.py" in stopped
    assert "_input_grad()" in stopped
    assert "array([2., 5.])" in session.say("p self.input_")
    assert "array([0.880" in session.say("p self.output")
    assert "array([0., 0.])" in session.say("p output_grad")
    header, _ = session.climb()
    assert ENGINE in header
    assert "<Sigmoid 'sigmoid'" in session.say("p node")
    assert "None" in session.say("p input_grads")


def test_breakpoint_on_the_engine_for_every_node(session):
    session.say("import graphnn.engine.hooks")
    session.say(f"tbreak script.py:{BACKWARD}")
    session.say("c")
    session.say("b graphnn.engine.hooks.call_input_grads")
    for name in ("sum", "cube", "add", "multiply", "sigmoid"):
        session.say("c")
        assert f"'{name}'" in session.say("p node.name")
    session.say("clear 1")
    session.say("clear 2")
    session.finish()


def test_a_condition_may_read_the_node(session):
    session.say("import graphnn.engine.hooks")
    function = "graphnn.engine.hooks.call_input_grads"
    answer = session.say(f"b {function}, node.name == 'multiply'")
    assert "Breakpoint 1" in answer
    session.say("c")
    assert "<Multiply 'multiply'" in session.say("p node")
    session.finish()


def test_in_the_middle_of_the_forward_pass(session):
    session.say(f"tbreak script.py:{FORWARD}")
    session.say("c")
    session.say(f"b script.py:{OUTPUT}")
    assert f"script.py({OUTPUT})_output()" in session.say("c")
    assert "array([2., 5.])" in session.say("p self.input_")
    for _ in range(2):
        header = session.say("up")
    assert ENGINE in header
    assert "<Cube 'cube'" in session.say("p node")
    assert "[1, " in session.say("p list(values)"), "what has run"


def test_a_look_leaves_no_trace_in_the_graph(session):
    session.say(f"b script.py:{FORMULA}")
    session.say("c")
    before = session.say("p len(self.graph)")
    assert "array([2.0" in session.say("p gn.paused()(np.log)(self).output")
    session.say("with gn.paused(): print(np.sum(np.exp(self) * 2))")
    assert session.say("p len(self.graph)") == before
    session.say("clear 1")
    session.finish()


def test_where_hooks_run_on_nodes_they_are_shown_by_name(begin):
    tracing = SCRIPT.replace("loss.backward()", "loss.graph.gradient(loss, w)")
    session = begin(script=tracing)
    session.say(f"b script.py:{FORMULA}")
    session.say("c")
    assert "<Cube 'cube': node 'cube'>" in session.say("p self")
    assert "<Add 'add': float64 (2,), norm 5.385>" in session.say("p self.input_")
    assert re.search(r"<\w+ '.*': float64 \(2,\)", session.say("p output_grad"))


def test_stepping_into_backward_goes_from_formula_to_formula(begin):
    """With pdb told to skip the library, as the README says."""
    (skipping,) = re.findall(r"```python\n(import pdb\n.*?)```", README, re.DOTALL)
    program = SCRIPT.replace("loss.backward()", "debugger.set_trace()\nloss.backward()")
    session = begin(script=f"{skipping}\n{program}", module=False)
    presses = 0
    while "_input_grad()" not in (shown := session.say("s")):
        presses += 1
        assert presses < 3, shown
    assert "script.py" in shown
    for _ in range(8):
        if "print(" in session.say("s"):
            break
    else:
        raise AssertionError("stepping does not come back to the script")
    session.finish()


def test_between_the_engine_and_a_hook_there_is_little(session):
    session.say(f"b script.py:{FORMULA}")
    session.say("c")
    stack = session.say("w")
    frames = re.findall(r"^[> ] (\S+)\(\d+\)(\S+)\(\)$", stack, re.MULTILINE)
    inner = [function for _, function in frames][-4:]
    assert inner == ["reverse", "call_input_grads", "_input_grads", "_input_grad"]
    user = max(i for i, (f, _) in enumerate(frames[:-1]) if f.endswith("script.py"))
    assert len(frames) - 1 - user <= 8, stack


@pytest.mark.parametrize(
    "function",
    [
        passes.reverse,
        passes.forward,
        hooks.call_input_grads,
        hooks.call_output,
        operation.Operation._input_grads,
    ],
)
def test_the_frames_on_the_way_are_short(function):
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    has_text = ast.get_docstring(definition) is not None
    first = definition.body[1 if has_text else 0]
    assert definition.end_lineno - first.lineno < 30


def test_the_session_of_the_readme(begin):
    """Its commands, one after the other, and what they show."""
    (block,) = re.findall(r"```console\n\$ python -m pdb (.*?)```", README, re.DOTALL)
    program, *lines = block.splitlines()
    session = begin(script=(REPOSITORY / program).read_text(encoding="utf-8"))
    answers = [session.say(line.removeprefix("(Pdb) ")) for line in lines]
    _, first, second, stopped, shown, engine, where, again, node = answers
    assert first.startswith("Breakpoint 1 at")
    assert second.startswith("Breakpoint 2 at")
    assert "activations.py" in stopped
    assert "_input_grad()" in stopped
    assert "(<Sigmoid 'dense_1/sigmoid': float64 (32, 8), norm " in shown
    assert "(32, 8))" in shown
    assert "call_input_grads()" in engine
    assert "script.py" in where
    assert "'dense_1/bias_add'" in where
    assert "call_input_grads()" in again
    assert "'dense_1/bias_add'" in node
