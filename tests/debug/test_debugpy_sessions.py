"""Real debugpy, spoken to as an editor does: stop inside backprop and look around."""

import sys
from pathlib import Path

import pytest
from dap_client import ROOT, Client

pytest.importorskip("debugpy", reason="debugpy is not installed (extra: test)")
if sys.platform == "win32":
    pytest.skip("the client ends what it starts as Unix does", allow_module_level=True)

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
loss = np.sum(Cube()(y))
loss.backward()
print("gradient:", w.grad)
"""
LINES = SCRIPT.splitlines()
FORMULA = 1 + LINES.index("        return output_grad * 3 * self.input_**2")
BACKWARD = 1 + LINES.index("loss.backward()")
GRADIENT = "gradient: [2.304000e+03 3.515625e+06]"
LIBRARY = {"path": str(ROOT / "graphnn" / "**"), "include": False}
"""What an editor knows of an installed library: no code of the user's."""


@pytest.fixture
def debug(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    clients = []

    def begin(**settings):
        clients.append(Client(script, **settings))
        return clients[-1]

    yield begin
    for client in clients:
        client.close()


def names(frames):
    return [frame["name"] for frame in frames]


def test_a_function_breakpoint_stops_in_every_formula(debug):
    client = debug(justMyCode=False)
    client.start(functions=["_input_grad"])
    kinds = []
    for _ in range(3):
        frames = client.stop()
        kinds.append(client.evaluate("type(self).__name__", frames[0]))
        client.go()
    assert kinds[:3] == ["'Sum'", "'Cube'", "'Cube'"]


@pytest.mark.parametrize("function", ["call_input_grads", "call_output"])
def test_a_function_breakpoint_on_the_engine_stops_at_every_node(debug, function):
    client = debug(justMyCode=False)
    condition = {"name": function, "condition": "node.name == 'cube'"}
    client.start(functions=[condition])
    frames = client.stop()
    assert frames[0]["name"] == function
    assert client.evaluate("node.name", frames[0]) == "'cube'"
    assert "node" in client.variables(frames[0])


def test_the_users_operation_and_the_engine_are_in_view(debug):
    client = debug(justMyCode=False)
    client.start(functions=["_input_grad"])
    while Path((frames := client.stop())[0]["source"]["path"]).name != "script.py":
        client.go()
    assert frames[0]["name"] == "_input_grad"
    seen = client.variables(frames[0])
    assert set(seen) == {"self", "output_grad"}
    assert seen["self"]["type"] == "Cube"
    assert seen["self"]["value"] == "<Cube 'cube_2': float64 (2,), norm 1.953e+06>"
    assert seen["output_grad"]["value"] == "array([1., 1.])"

    assert names(frames).index("reverse") <= 3, "the engine is near"
    assert names(frames).index("<module>") <= 9
    engine = frames[names(frames).index("reverse")]
    seen = client.variables(engine)
    assert {"node", "output_grad", "input_grads"} <= set(seen)
    assert seen["node"]["value"] == "<Cube 'cube_2': float64 (2,), norm 1.953e+06>"
    assert seen["output_grad"]["value"] == "array([1., 1.])"
    assert seen["input_grads"]["value"] == "()", "what the hook is about to return"
    assert all(len(variable["value"]) < 1000 for variable in seen.values())


def test_only_my_code_stops_in_my_formulas_only(debug):
    client = debug(justMyCode=True, rules=[LIBRARY])
    client.start(functions=["_input_grad"])
    frames = client.stop()
    assert names(frames) == ["_input_grad", "<module>"]
    assert client.evaluate("self.name", frames[0]) == "'cube_2'"
    client.go()
    assert client.evaluate("self.name", client.stop()[0]) == "'cube'"
    code, printed = client.finish()
    assert code == 0
    assert GRADIENT in printed


def test_each_step_into_is_a_formula(debug):
    client = debug(justMyCode=True, rules=[LIBRARY])
    client.start(lines=[BACKWARD])
    assert names(client.stop()) == ["<module>"]
    for name in ("'cube_2'", "'cube'"):
        client.go("stepIn")
        frames = client.stop()
        assert frames[0]["line"] == FORMULA
        assert client.evaluate("self.name", frames[0]) == name
    client.go("stepIn")
    assert names(client.stop()) == ["<module>"]


def test_a_condition_may_read_the_node(debug):
    client = debug(justMyCode=False)
    condition = {"name": "_input_grad", "condition": "self.name == 'cube'"}
    client.start(functions=[condition])
    frames = client.stop()
    assert client.evaluate("self.name", frames[0]) == "'cube'"
    code, printed = client.finish()
    assert code == 0
    assert GRADIENT in printed


def test_a_watch_leaves_no_trace_in_the_graph(debug):
    client = debug(justMyCode=False)
    client.start(lines=[FORMULA])
    frames = client.stop()
    before = client.evaluate("len(self.graph), self.graph.order()[-1].name", frames[0])
    watched = client.evaluate("gn.paused()(np.log)(self).output", frames[0])
    assert watched == "array([ 6.23832463, 14.48494121])"
    client.evaluate("with gn.paused(): print(np.exp(self))", frames[0], "repl")
    engine = frames[names(frames).index("reverse")]
    paused = "__import__('graphnn').paused()(lambda: np.sqrt(node) * 2)().shape"
    assert client.evaluate(paused, engine) == "(2,)"
    after = client.evaluate("len(self.graph), self.graph.order()[-1].name", frames[0])
    assert after == before
    client.ask("setBreakpoints", source={"path": str(client.script)}, breakpoints=[])
    code, printed = client.finish()
    assert code == 0
    assert GRADIENT in printed


def test_a_value_can_be_changed_on_the_way(debug):
    client = debug(justMyCode=False)
    client.start(lines=[FORMULA])
    frames = client.stop()
    scope = client.ask("scopes", frameId=frames[0]["id"])["scopes"][0]
    client.ask(
        "setVariable",
        variablesReference=scope["variablesReference"],
        name="output_grad",
        value="output_grad * 0",
    )
    client.ask("setBreakpoints", source={"path": str(client.script)}, breakpoints=[])
    code, printed = client.finish()
    assert code == 0
    assert "gradient: [0. 0.]" in printed
