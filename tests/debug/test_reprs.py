"""What debuggers show of every variable in sight: short, cheap, and never an error."""

import copy
import gc
import timeit
import weakref

import numpy as np
import pytest

import graphnn as gn
from graphnn.engine import Step
from graphnn.engine.brief import LOOKED_AT, brief
from graphnn.graph import leaves


def test_each_kind_of_node_shows_name_dtype_shape_and_norm():
    x = gn.Input("x", value=[[3.0, 4.0]])
    w = gn.Parameter(np.float32([[1.0], [1.0]]), name="w")
    y = gn.Sigmoid()(x @ w)
    assert repr(x) == "<Input 'x': float64 (1, 2), norm 5>"
    assert repr(w) == "<Parameter 'w': float32 (2, 1), norm 1.414>"
    assert repr(y) == "<Sigmoid 'sigmoid': float64 (1, 1), norm 0.9991>"
    assert repr(np.sum(y)) == "<Sum 'sum': float64 () 0.9991>"
    assert repr(gn.Constant(2.0)) == "<Constant 'constant': 2.0>"
    assert repr(gn.State(3, name="passes")) == "<State 'passes': int64 () 3>"
    assert repr(x > 3.0) == "<Greater 'greater': bool (1, 2)>"


def test_what_has_no_value_yet():
    x = gn.Input("x")
    assert repr(x) == "<Input 'x': no value>"
    assert repr(np.exp(x)) == "<Exp 'exp': no value>"
    assert repr(gn.Sigmoid()) == "<Sigmoid recipe>"
    assert repr(gn.WeightMultiply(np.ones((2, 2)))) == "<WeightMultiply recipe>"


def test_several_outputs_are_shown_up_to_three():
    parts = np.split(gn.Input("x", value=np.zeros(8)), 8)
    several = parts[0].inputs[0]
    assert repr(several) == (
        "<Split 'split': 8 values: float64 (1,), norm 0; float64 (1,), norm 0; "
        "float64 (1,), norm 0; …>"
    )


def test_a_step_shows_what_flowed_in():
    w = gn.Parameter([3.0, 4.0], name="w")
    loss = np.sum(w * w)
    (forward, _) = loss.graph.forward_steps()
    assert repr(forward) == (
        "<Step 0 forward Multiply 'multiply': float64 (2,), norm 18.36>"
    )
    _, backward = loss.graph.backward_steps(loss)
    assert repr(backward) == (
        "<Step 1 backward Multiply 'multiply': float64 (2,), norm 18.36, "
        "output_grad float64 (2,), norm 1.414>"
    )
    loss.graph.forward(target=loss)
    w.value *= 10.0
    loss.graph.forward(target=loss)
    assert "norm 18.36" in repr(forward)  # what it has made, not what is there now


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (np.array([np.nan, 1.0]), "float64 (2,), norm nan"),
        (np.array([-np.inf, 1.0]), "float64 (2,), norm inf"),
        (np.array([3e200, 4e200]), "float64 (2,), norm 5e+200"),
        (np.array([3e-200, 4e-200]), "float64 (2,), norm 5e-200"),
        (np.float16([3e4, 4e4]), "float16 (2,), norm 5e+04"),
        (np.int8([100, 100]), "int8 (2,), norm 141.4"),
        (np.array([3 + 4j]), "complex128 (1,), norm 5"),
        (np.zeros((0, 3)), "float64 (0, 3)"),
        (np.array(True), "bool () True"),
        (np.array(10**15), "int64 () 1000000000000000"),
        (np.float32(0.1), "float32 () 0.1"),
        (True, "True"),
        (1e300, "1e+300"),
        (None, "None"),
        ((), "0 values: "),
        (np.array(["a"]), "<U1 (1,)"),
        ([1, 2], "a list"),
        pytest.param(10**5000, "a int", id="too long to print"),
    ],
)
def test_values_in_brief(value, shown):
    assert brief(value) == shown


def test_a_large_array_has_no_norm():
    assert "norm" in brief(np.ones(LOOKED_AT))
    assert "norm" not in brief(np.ones(LOOKED_AT + 1))


def test_the_length_is_bounded():
    x = gn.Input("n" * 10_000, value=np.zeros((1,) * 40))
    assert len(repr(x)) < 200
    big = type("C" * 5000, (gn.Operation,), {"_output": lambda self: self.input_})
    assert len(repr(big()(x))) < 250
    parts = np.split(gn.Input("x", value=np.zeros(5000)), 5000)
    assert len(repr(parts[0].inputs[0])) < 250


def test_half_built_nodes_are_shown():
    for kind in (gn.Sigmoid, gn.Input, gn.Parameter, gn.Constant, gn.State):
        node = object.__new__(kind)
        assert kind.__name__ in repr(node)
        node.id = 10**9
        assert kind.__name__ in repr(node)
    assert repr(object.__new__(Step)) == "<Step, half built>"


def test_an_operation_that_is_strange_in_every_respect_is_shown():
    class Strange(gn.Operation):
        name = property(lambda self: 1 / 0)

        def _output(self):
            return self.input_

    node = Strange()(gn.Input("x", value=1.0))
    assert repr(node) == "<Strange, half built>"
    other = gn.Sigmoid()(gn.Input("x", value=1.0))
    other.output = ["no", "array"]
    assert repr(other) == "<Sigmoid 'sigmoid': a list>"

    class Raising:
        def __getattribute__(self, name):
            raise ValueError(name)

    other.output = Raising()
    assert repr(other) == "<Sigmoid 'sigmoid': a Raising>"


def test_in_hooks_of_a_pass_and_of_a_trace():
    shown = []

    class Looking(gn.Operation):
        def __init__(self):
            shown.append(repr(self))

        def _output(self):
            shown.append(repr(self))
            return self.input_ * 2.0

        def _input_grad(self, output_grad):
            shown.append(repr(self))
            return output_grad * 2.0

    x = gn.Input("x", value=[1.0, 2.0])
    y = Looking()(x)
    assert shown == ["<Looking recipe>", "<Looking recipe>"]
    y.graph.backward(y, np.ones(2), wrt=x)
    assert shown[2] == "<Looking 'looking': float64 (2,), norm 4.472>"
    del shown[:]
    y.graph.gradient(np.sum(y), x)
    assert "<Looking 'looking': node 'looking'>" in shown
    y.graph.expand()


def test_a_repr_leaves_the_graph_and_the_copies_as_they_are():
    w = gn.Parameter([1.0, 2.0], name="w")
    y = gn.Sigmoid()(w)
    before = len(y.graph), dict(vars(y))
    assert repr(copy.deepcopy(y)) == repr(y)
    assert (len(y.graph), vars(y)) == before


def test_the_name_is_the_one_in_the_graph():
    gc.collect()  # among very many graphs it is not looked up
    a, b = gn.Parameter([1.0], name="w"), gn.Parameter([1.0], name="w")
    y = a * b
    assert "'w'" in repr(a)
    assert "'w_2'" in repr(b)
    del y


def test_the_name_of_a_leaf_is_found_quickly_among_many_graphs(monkeypatch):
    w = gn.Parameter([1.0], name="w")
    held = [np.exp(w) for _ in range(20)]

    class Asked(weakref.WeakSet):
        def __iter__(self):
            raise AssertionError("all graphs are asked")

    monkeypatch.setattr(
        leaves, "LIVE_GRAPHS", Asked(node.graph for node in held if node.graph)
    )
    assert repr(w) == "<Parameter 'w': float64 (1,), norm 1>"


@pytest.mark.parametrize("shape", [(8,), (64, 100), (128, 1000), (3000, 3000)])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "int64", "c16"])
def test_the_cost_hardly_grows(shape, dtype):
    node = gn.Input("x", value=np.ones(shape, dtype))
    transposed = gn.Input("x", value=np.ones(shape, dtype).T)
    for each in (node, transposed):
        cost = min(timeit.repeat(lambda each=each: repr(each), number=50, repeat=5))
        assert cost / 50 < 2e-3, "some 10 µs; a norm of all takes far more"
