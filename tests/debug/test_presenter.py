"""What an editor's pane of variables shows of nodes, steps and graphs."""

import importlib.metadata
import importlib.util
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from dap_client import PLUGINS, REPOSITORY, Client

import graphnn as gn
from graphnn.debug.dap import children as presented
from graphnn.debug.dap.children import children

PLUGIN = PLUGINS / "pydevd_plugins" / "extensions" / "pydevd_plugin_graphnn.py"

SCRIPT = """\
import numpy as np
import graphnn as gn


class Gate(gn.Operation):
    def __init__(self, slope):
        self.slope = slope

    def _output(self):
        self.mask = self.input_ > 0
        return self.input_ * self.mask * self.slope

    def _input_grad(self, output_grad):
        return output_grad * self.mask * self.slope


x = gn.Input("x", value=[[1.0, -2.0, 3.0]])
h = gn.WeightMultiply(np.ones((3, 2)))(x)
loss = np.sum(Gate(slope=2.0)(h))
for step in loss.graph.backward_steps(loss):
    pass
print(step)
"""
WITHOUT_US = (
    "from pydevd_plugins.extensions import pydevd_plugin_graphnn as plugin;"
    "plugin.GraphnnProvider.can_provide = lambda *arguments: False"
)
SHOWN = [
    "name",
    "class",
    "output",
    "output statistics",
    "output_grad",
    "output_grad statistics",
    "input_values",
    "input_grads",
    "inputs",
    "consumers",
    "source",
    "training",
    "graph",
    "id",
    "slope",
    "mask",
]


def values(node):
    return {name: value for name, value, _ in children(node)}


def read_plugin():
    spec = importlib.util.spec_from_file_location("plugin_to_test", PLUGIN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# -- what is shown ---------------------------------------------------------------------
def test_an_operation():
    space = {"__name__": "a_module_of_the_user"}
    exec(SCRIPT.replace("print(step)", ""), space)
    node = space["step"].node.consumers[0]
    shown = values(node)
    assert list(shown) == SHOWN
    assert shown["class"] == "Gate"
    assert shown["output"] is node.output
    assert shown["output_grad statistics"].startswith("float64 (1, 2)  min 1")
    assert shown["slope"] == 2.0
    assert shown["mask"].tolist() == [[True, True]]
    ways = {name: way for name, _, way in children(node)}
    assert ways["output"] == ".output"
    assert ways["output statistics"] is None


def test_a_parameter_and_an_operation_with_one():
    w = gn.Parameter([[1.0]], name="w")
    y = gn.WeightMultiply(w)(np.ones((2, 1)))
    np.sum(y).backward()
    assert values(w)["output_grad statistics"].startswith("float64 (1, 1)")
    assert values(w)["trainable"] is True
    assert not [name for name in values(w) if name.startswith("_")]
    assert values(y)["param"] is w.value
    assert "norm 2" in values(y)["param_grad statistics"]


def test_each_attribute_is_shown_once():
    class Counting(gn.Operation):
        def __init__(self, passes):
            self.states = (passes,)

        def _output(self):
            return self.input_

    passes = gn.State(0, name="passes")
    frozen = gn.Parameter([1.0])
    frozen.trainable = False
    for node in (Counting(passes)(np.ones(2)), passes, frozen, gn.Constant(2.0)):
        names = [name for name, _, _ in children(node)]
        assert len(set(names)) == len(names)
    assert values(frozen)["trainable"] is False


def test_a_step_and_a_graph():
    w = gn.Parameter([1.0, 2.0], name="w")
    loss = np.sum(w * w)
    (step, *_) = loss.graph.backward_steps(loss)
    assert list(values(step))[:3] == ["index", "phase", "node"]
    assert "output_grad statistics" in values(step)
    shown = values(loss.graph)
    assert list(shown) == ["name", "parameters", "nodes", "training"]
    assert shown["nodes"] == loss.graph.nodes


def test_what_is_half_built_or_raises_is_shown():
    assert values(object.__new__(gn.Sigmoid))["class"] == "Sigmoid"
    assert values(object.__new__(gn.Parameter))["class"] == "Parameter"

    class Raising(gn.Operation):
        source = property(lambda self: 1 / 0)

        def _output(self):
            return self.input_

    assert values(Raising()(np.ones(2)))["source"] == (
        "ZeroDivisionError: division by zero"
    )
    assert values(gn.Sigmoid())["name"] == "sigmoid"


def test_statistics_of_what_is_huge_are_left_out(monkeypatch):
    monkeypatch.setattr(presented, "LOOKED_AT", 100)
    x = gn.Input("x", value=np.ones((200, 100)))
    assert values(x)["output statistics"] == "float64 (200, 100)"


def test_looking_leaves_the_graph_as_it_is():
    w = gn.Parameter([1.0, 2.0], name="w")
    loss = np.sum(gn.Sigmoid()(w))
    loss.backward()
    before = len(loss.graph), w.grad.copy()
    for node in loss.graph.nodes:
        children(node)
    assert len(loss.graph) == before[0]
    assert (w.grad == before[1]).all()


# -- the plug-in -----------------------------------------------------------------------
def test_the_plugin_is_for_our_types_only():
    provider = read_plugin().GraphnnProvider()
    for kind in (gn.Sigmoid, gn.Parameter, gn.Graph, type(next(a_step()))):
        assert provider.can_provide(kind, kind.__name__)
    for kind in (int, np.ndarray, gn.Dense, type):
        assert not provider.can_provide(kind, kind.__name__)


def a_step():
    w = gn.Parameter([1.0])
    return np.exp(w).graph.forward_steps()


def test_the_plugin_answers_as_pycharm_asks():
    provider, x = read_plugin().GraphnnProvider(), gn.Input("x", value=[1.0])
    assert provider.get_dictionary(x)["name"] == "x"
    assert provider.resolve(x, "output") is x.output
    assert read_plugin().GraphnnText().get_str(x) == repr(x)


def test_a_program_without_graphnn_is_not_made_to_import_it(monkeypatch):
    provider = read_plugin().GraphnnProvider()
    for name in [name for name in sys.modules if name.partition(".")[0] == "graphnn"]:
        monkeypatch.delitem(sys.modules, name)
    assert not provider.can_provide(int, "int")
    assert "graphnn" not in sys.modules
    imports = [line for line in PLUGIN.read_text().splitlines() if "import " in line]
    assert [line for line in imports if not line.startswith(" ")] == [
        "from __future__ import annotations",
        "import sys",
        "from typing import Any",
    ]


def test_the_plugin_registers_with_a_debugger_only(monkeypatch):
    registered = []

    class Base:
        register = registered.append

    class Api:
        TypeResolveProvider = StrPresentationProvider = Base

    read_plugin()
    assert not registered
    monkeypatch.setitem(sys.modules, "_pydevd_bundle.pydevd_extension_api", Api)
    module = read_plugin()
    assert registered == [module.GraphnnProvider, module.GraphnnText]


# -- that it is found ------------------------------------------------------------------
def test_the_installation_brings_the_plugin_along():
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
    find = settings["tool"]["setuptools"]["packages"]["find"]
    assert PLUGINS.relative_to(REPOSITORY).as_posix() in find["where"]
    assert "pydevd_plugins*" in find["include"]
    # with an __init__.py the folder would hide those of other libraries, and an
    # editable installation would not be found
    assert not list(PLUGINS.glob("pydevd_plugins/**/__init__.py"))
    try:
        importlib.metadata.version("graphnn")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("graphnn is not installed, it only lies on the path")
    if importlib.util.find_spec("pydevd_plugins") is None:
        pytest.skip("graphnn was installed before it had the plug-in")
    places = importlib.util.find_spec("pydevd_plugins").submodule_search_locations
    assert any((Path(p) / "extensions" / PLUGIN.name).exists() for p in places)


@pytest.fixture
def client(tmp_path):
    pytest.importorskip("debugpy", reason="debugpy is not installed (extra: test)")
    if sys.platform == "win32":
        pytest.skip("the client ends what it starts as Unix does")
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    client = Client(script, justMyCode=False)
    yield client
    client.close()


def test_debugpy_shows_a_node_as_we_say(client):
    client.start(lines=[15])
    frames = client.stop()
    before = client.evaluate("len(self.graph)", frames[0])
    node = client.variables(frames[0])["self"]
    assert node["value"] == "<Gate 'gate': float64 (1, 2), norm 5.657>"
    shown = client.children(node)
    assert list(shown) == SHOWN
    assert shown["output statistics"]["value"].startswith("'float64 (1, 2)  min 4")
    assert shown["inputs"]["value"].startswith("[<WeightMultiply 'weight_multiply'")
    assert shown["input_grads"]["value"] == "None"
    assert shown["source"]["value"].endswith("line=19, function='<module>')")
    assert shown["mask"]["evaluateName"] == "self.mask"
    for child in [*shown.values(), *client.children(shown["graph"]).values()]:
        if child["variablesReference"]:
            client.children(child)
    assert client.evaluate("len(self.graph)", frames[0]) == before


def test_debugpy_shows_a_step_as_we_say(client):
    client.start(lines=[22])
    step = client.variables(client.stop()[0])["step"]
    assert step["value"].startswith("<Step 2 backward WeightMultiply 'weight_multi")
    shown = client.children(step)
    assert list(shown)[:4] == ["index", "phase", "node", "inputs"]
    assert shown["phase"]["value"] == "'backward'"
    assert list(client.children(shown["node"]))[:2] == ["name", "class"]


def test_without_the_plugin_unfolding_makes_no_nodes_either(client):
    code = SCRIPT.replace("import numpy as np", f"import numpy as np; {WITHOUT_US}")
    client.script.write_text(code)
    client.start(lines=[15])
    frames = client.stop()
    before = client.evaluate("len(self.graph)", frames[0])
    shown = client.children(client.variables(frames[0])["self"])
    assert list(shown) != SHOWN, "this shows what the debugger shows by itself"
    assert {"name", "output", "output_grad", "inputs", "mask"} <= set(shown)
    assert client.evaluate("len(self.graph)", frames[0]) == before


def test_dir_lists_all_where_no_debugger_is(monkeypatch):
    x = gn.Input("x", value=[1.0])
    for name in [name for name in sys.modules if name.startswith("_pydevd_bundle")]:
        monkeypatch.delitem(sys.modules, name)
    assert {"T", "real", "output", "astype"} <= set(dir(x))
    assert "expandable" in dir(np.exp(x))
    monkeypatch.setitem(sys.modules, "_pydevd_bundle", sys)
    assert "T" not in dir(x)
    assert {"output", "astype"} <= set(dir(x))
    for name in dir(x):
        getattr(x, name, None)
    assert len(x.graph) == 2
