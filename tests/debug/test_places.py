"""Places: what a node, a name, a pattern, a type, a line or a scope means."""

from pathlib import Path

import numpy as np
import pytest
from stepped import small_network

import graphnn as gn
from graphnn.debug.places import Place
from graphnn.errors import ArgumentError, GraphnnError, MissingNode

FIRST = small_network.__code__.co_firstlineno


@pytest.fixture
def loss():
    return small_network()


def named(where, graph):
    place = Place(where, graph)
    fitting = [n.name for n in graph.nodes if n.kind == "operation" and place.fits(n)]
    assert place.names(graph) == fitting
    assert place.count in (None, len(fitting))
    return fitting


SIGMOIDS = ["dense_1/sigmoid", "dense_2/sigmoid"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("dense_1/sigmoid", SIGMOIDS[:1]),
        ("sigmoid", SIGMOIDS),
        ("Sigmoid", SIGMOIDS),
        (gn.Sigmoid, SIGMOIDS),
        ("dense_*/sig*", SIGMOIDS),
        ("sig*", SIGMOIDS),
        ("dense_[2]/*", ["dense_2/matmul", "dense_2/sigmoid"]),
        ("dense_1", ["dense_1/matmul", "dense_1/sigmoid"]),
        ("mean", ["mean"]),
        (f"stepped.py:{FIRST + 7}", ["dense_1/matmul", "dense_1/sigmoid"]),
        (f"debug/stepped.py:{FIRST + 7}", ["dense_1/matmul", "dense_1/sigmoid"]),
        (f"stepped:{FIRST + 7}", ["dense_1/matmul", "dense_1/sigmoid"]),
        (str(FIRST + 10), ["subtract", "power", "mean"]),
        (FIRST + 10, ["subtract", "power", "mean"]),
    ],
)
def test_text_and_types(loss, where, expected):
    assert named(where, loss.graph) == expected


def test_every_step(loss):
    operations = [n.name for n in loss.graph.nodes if n.kind == "operation"]
    assert named(None, loss.graph) == named("*", loss.graph) == operations
    assert named(gn.Operation, loss.graph) == named("Operation", loss.graph)
    assert Place(None).text == "every step"


def test_a_node_is_itself(loss):
    assert named(loss, loss.graph) == ["mean"]
    other = small_network()
    assert not Place(loss, loss.graph).fits(other)


def test_an_absolute_path_and_one_from_here(loss, monkeypatch, tmp_path):
    file = Path(__file__).with_name("stepped.py")
    expected = ["dense_2/matmul", "dense_2/sigmoid"]
    assert named(f"{file}:{FIRST + 9}", loss.graph) == expected
    monkeypatch.chdir(file.parent.parent)
    assert named(f"./debug/stepped.py:{FIRST + 9}", loss.graph) == expected
    assert named(f"../tests/debug/stepped.py:{FIRST + 9}", loss.graph) == expected
    with pytest.raises(MissingNode, match="no node was made in a file"):
        Place(f"{tmp_path}/stepped.py:{FIRST + 9}", loss.graph)


def test_a_file_is_told_by_whole_parts_of_its_path(loss):
    with pytest.raises(MissingNode, match=r"Did you mean 'stepped\.py'"):
        Place(f"epped.py:{FIRST + 9}", loss.graph)


def test_a_line_without_nodes_names_the_nearest_with_some(loss):
    message = (
        rf"no node was made on stepped\.py:{FIRST + 8}\n"
        rf"The nearest lines with nodes: stepped\.py:{FIRST + 7} "
        rf"\(dense_1/matmul, dense_1/sigmoid\), stepped\.py:{FIRST + 9} .*"
    )
    with pytest.raises(MissingNode, match=message):
        Place(f"stepped.py:{FIRST + 8}", loss.graph)


def test_a_line_where_only_a_leaf_was_made_is_without_nodes(loss):
    with pytest.raises(MissingNode, match="no node was made on"):
        Place(f"stepped.py:{FIRST + 3}", loss.graph)


def test_a_line_of_several_files_is_asked_back(loss):
    other = np.exp(loss)
    with pytest.raises(MissingNode, match=r"of which file\?(.|\n)*stepped\.py"):
        Place(3, other.graph)


@pytest.mark.parametrize(
    "name", ["a:4", "model.py:14", "a*", "x[0]", "a/b", "[", "*", "14", "Sigmoid", "é?"]
)
def test_an_exact_name_wins_whatever_it_holds(name):
    x = gn.Input("x", value=[1.0, 2.0])
    named_like_that = np.exp(x)
    named_like_that.name = name
    y = gn.Sigmoid()(named_like_that) + 1.0
    assert named(name, y.graph) == [name]


def test_an_exact_name_hides_the_same_under_a_scope():
    with gn.scope("block"):
        inner = np.exp(gn.Input("x", value=1.0))
    outer = np.exp(inner)
    assert (inner.name, outer.name) == ("block/exp", "exp")
    assert named("exp", outer.graph) == ["exp"]


def test_the_end_of_a_name_begins_at_a_slash():
    with gn.scope("a"), gn.scope("b"):
        y = np.exp(gn.Input("x", value=1.0))
    assert named("b/exp", y.graph) == ["a/b/exp"]
    with pytest.raises(MissingNode):
        Place("xp", y.graph)


def test_scopes_inside_a_scope_and_by_their_last_part():
    x = gn.Input("x", value=1.0)
    with gn.scope("encoder"), gn.scope("block_1"):
        y = np.exp(x)
    with gn.scope("decoder"):
        z = np.exp(y)
        with gn.scope("block_1"):
            z = np.exp(z)
    names = ["encoder/block_1/exp", "decoder/exp", "decoder/block_1/exp"]
    assert named("encoder", z.graph) == names[:1]
    assert named("decoder", z.graph) == names[1:]
    assert named("decoder/block_1", z.graph) == names[2:]
    assert named("block_1", z.graph) == [names[0], names[2]]
    with gn.scope("block_1"):
        outer = np.negative(z)
    assert named("block_1", outer.graph) == ["block_1/negative"]
    with pytest.raises(MissingNode, match="Did you mean 'block_1'"):
        Place("block_11", z.graph)


def test_a_layer_stands_for_what_it_has_added():
    network = gn.NeuralNetwork(
        [gn.Dense(3, "tanh"), gn.Dense(1)], gn.MeanSquaredError()
    )
    network.train_batch(np.ones((2, 2)), np.ones((2, 1)))
    layer = network.layers[0]
    names = ["dense_1/weight_multiply", "dense_1/bias_add", "dense_1/tanh"]
    assert named(layer, network.graph) == named("dense_1", network.graph) == names
    with pytest.raises(MissingNode, match="no node of this Dense in"):
        Place(gn.Dense(3), network.graph)


def test_a_base_class_stands_for_the_derived_ones():
    network = gn.NeuralNetwork([gn.Dense(1)], gn.MeanSquaredError())
    network.train_batch(np.ones((2, 2)), np.ones((2, 1)))
    both = ["dense_1/weight_multiply", "dense_1/bias_add"]
    assert named(gn.ParamOperation, network.graph) == both
    assert named("ParamOperation", network.graph) == both


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("dense_1/sigmiod", "Did you mean 'dense_1/sigmoid'"),
        ("sigmiod", "Did you mean 'sigmoid'"),
        ("Sigmoidd", "Did you mean 'Sigmoid'"),
        ("dense_3", "Did you mean 'dense_[12]'"),
        ("conv_*", "no node, scope, operation type or line"),
        ("w?", "only leaves of .* fit 'w\\?'"),
        (gn.Tanh, "no Tanh in <Graph"),
        ("w1", r"w1 \(Parameter, .*\n.*what uses it \(dense_1/matmul\)"),
        ("x", "is a leaf of kind input: it takes no step"),
        (gn.Parameter, "Parameter is no operation type"),
        (int, "int is no operation type"),
        (gn.Sigmoid(), r"in no graph.*\n.*Sigmoid, without \(\)"),
        ("", "is no place to stop at"),
        (True, "is no place to stop at"),
        (1.5, "not of type float"),
        (lambda step: True, "condition=function"),
        (-3, "no node, scope"),
    ],
)
def test_what_cannot_be_is_an_error_at_once(loss, where, message):
    with pytest.raises(GraphnnError, match=message):
        Place(where, loss.graph)


def test_a_leaf_and_a_node_of_another_graph(loss):
    parameter = loss.graph["w1"]
    with pytest.raises(ArgumentError, match="it takes no step to stop at"):
        Place(parameter, loss.graph)
    with pytest.raises(MissingNode, match="is not in"):
        Place(small_network(), loss.graph)


def test_without_a_graph_text_is_looked_up_in_each(loss):
    place, other = Place("mean"), small_network()
    assert place.count is None
    for graph in (loss.graph, other.graph):
        assert [n.name for n in graph.nodes if place.fits(n)] == ["mean"]
    assert not Place("nothing like it").fits(loss)


def test_nodes_that_come_later_fit_too(loss):
    place = Place("sigmoid", loss.graph)
    assert place.fits(loss.graph["dense_1/sigmoid"])
    with gn.scope("late"):
        later = gn.Sigmoid()(loss)
    assert place.fits(later)
    later.name = "other"
    place.forget()
    assert not place.fits(later)
