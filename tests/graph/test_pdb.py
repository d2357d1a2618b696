"""A real pdb session in a pseudo-terminal: stop inside backprop and look around."""

import os
import sys
from pathlib import Path

import pytest

import graphnn

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
loss.backward()
print("gradient:", w.grad)
"""
HOOK_LINE = 1 + SCRIPT.splitlines().index(
    "        return output_grad * 3 * self.input_**2"
)
NAMES = '{"node", "output_grad", "input_grads"} <= set(locals())'
PROMPT = r"\(Pdb\) "


class Session:
    """pdb with a script, driven as a person does."""

    def __init__(self, folder):
        script = folder / "script.py"
        script.write_text(SCRIPT)
        root = Path(graphnn.__file__).parents[1]
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "pdb", "script.py"],
            cwd=str(folder),
            env={
                **os.environ,
                "PYTHONPATH": str(root),
                "TERM": "dumb",
                "PYTHON_COLORS": "0",
                "HOME": str(folder),
            },
            encoding="utf-8",
            timeout=60,
            echo=False,
            dimensions=(50, 400),
        )
        self.child.expect(PROMPT)

    def say(self, command):
        self.child.sendline(command)
        self.child.expect(PROMPT)
        return self.child.before.replace("\r\n", "\n")

    def climb(self, most=6):
        """Go up to the engine's frame; give its header and the number of ups."""
        for ups in range(1, most + 1):
            header = self.say("up")
            if "True" in self.say(f"p {NAMES}"):
                return header, ups
        raise AssertionError(f"no frame with these names within {most} ups: {header}")


@pytest.fixture
def session(tmp_path):
    session = Session(tmp_path)
    yield session
    session.child.close(force=True)


def test_breakpoint_in_the_users_own_hook(session):
    assert "Breakpoint 1" in session.say(f"b script.py:{HOOK_LINE}")
    stopped = session.say("c")
    assert f"script.py({HOOK_LINE})_input_grad()" in stopped
    assert "array([2., 5.])" in session.say("p self.input_")
    assert "array([  8., 125.])" in session.say("p self.output")
    assert "array([1., 1.])" in session.say("p output_grad")
    assert "<Cube 'cube': float64 (2,), norm 125.3>" in session.say("p self")
    header, ups = session.climb()
    assert os.path.join("graphnn", "engine", "") in header  # noqa: PTH118
    assert ups <= 3
    assert "True" in session.say("p node.output_grad is output_grad")
    assert "<Cube 'cube'" in session.say("p node")
    assert "array([1., 1.])" in session.say("p output_grad")
    session.say("clear 1")
    session.child.sendline("c")
    session.child.expect(r"gradient: \[12\. 75\.\]")


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
    assert os.path.join("graphnn", "engine", "") in header  # noqa: PTH118
    assert "<Sigmoid 'sigmoid'" in session.say("p node")
    assert "None" in session.say("p input_grads")
