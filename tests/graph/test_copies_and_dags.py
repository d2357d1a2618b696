"""networkx and back; copies and pickles."""

import copy
import io
import pickle

import networkx as nx
import numpy as np
import pytest

import graphnn as gn


class Halves(gn.Operation):
    """The first and the second half."""

    arity = 1

    def _output(self):
        half = len(self.input_) // 2
        return self.input_[:half], self.input_[half:]

    def _input_grads(self, output_grad):
        return (np.concatenate(output_grad),)


def network():
    rng = np.random.default_rng(4)
    with gn.Graph("net") as graph:
        x = gn.Input("x", value=rng.normal(size=(5, 3)))
        with gn.scope("layer"):
            hidden = gn.WeightMultiply(rng.normal(size=(3, 4)))(x)
            hidden = gn.Sigmoid()(gn.BiasAdd(rng.normal(size=(1, 4)))(hidden))
        loss = np.mean(hidden * hidden) * 2.0
    graph.backward(loss, wrt=x)
    return graph, x, loss


def same_pass(one, other, x, wrt):
    """Check that two graphs give the same bits for new data."""
    data = np.random.default_rng(9).normal(size=(7, 3))
    np.testing.assert_array_equal(one.forward(x=data), other.forward(x=data))
    one.backward(wrt="x")
    other.backward(wrt="x")
    np.testing.assert_array_equal(one["x"].grad, other["x"].grad)
    for a, b in zip(one.parameters, other.parameters, strict=True):
        np.testing.assert_array_equal(a.grad, b.grad)


# -- networkx --------------------------------------------------------------------------
def test_dag():
    graph, x, loss = network()
    dag = graph.dag
    assert type(dag) is nx.MultiDiGraph
    assert nx.is_frozen(dag)
    assert set(dag) == {n.id for n in graph.nodes}
    for node in graph.nodes:
        assert dag.nodes[node.id]["operation"] is node
        edges = sorted((k, u) for u, _, k in dag.in_edges(node.id, keys=True))
        assert [u for _, u in edges] == [n.id for n in node.inputs]
        assert [k for k, _ in edges] == list(range(len(node.inputs)))
    with pytest.raises(nx.NetworkXError):
        dag.remove_node(x.id)
    square = graph["multiply"]
    assert dag.number_of_edges(square.inputs[0].id, square.id) == 2
    assert nx.is_directed_acyclic_graph(dag)
    order = list(nx.lexicographical_topological_sort(dag))
    assert order == [n.id for n in graph.order()]
    assert nx.ancestors(dag, loss.id) == set(dag) - {loss.id}
    assert nx.dag_longest_path_length(dag, weight="none") == 6


def test_dag_round_trip():
    graph, x, _ = network()
    twin = gn.Graph.from_dag(graph.dag)
    assert len(twin) == len(graph)
    kinds = {n.name: type(n) for n in graph.nodes}
    assert {n.name: type(n) for n in twin.nodes} == kinds
    assert twin["x"] is not x
    assert twin.parameters == graph.parameters  # shared, as they are leaves
    assert twin["layer/sigmoid"].source == graph["layer/sigmoid"].source
    same_pass(graph, copy.deepcopy(twin), x, "x")


def test_dag_round_trip_with_several_outputs():
    x = gn.Input("x", value=np.arange(4.0))
    first, second = Halves()(x)
    y = first * second
    twin = gn.Graph.from_dag(y.graph.dag)
    assert len(twin) == len(y.graph)
    assert [n.name for n in twin.nodes] == [n.name for n in y.graph.nodes]
    np.testing.assert_array_equal(twin.forward(x=[1.0, 2.0, 3.0, 4.0]), [3.0, 8.0])


def test_an_edited_dag():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.exp(x)
    z = np.sum(y * x)
    dag = y.graph.dag.copy()
    dag.add_node("new", operation=gn.Tanh())
    product = z.inputs[0]
    dag.remove_edge(y.id, product.id, key=0)
    dag.add_edge(y.id, "new", key=0)
    dag.add_edge("new", product.id, key=0)
    twin = gn.Graph.from_dag(dag, name="edited")
    assert twin.name == "edited"
    np.testing.assert_array_equal(
        twin.forward(), np.sum(np.tanh(np.exp(x.output)) * x.output)
    )
    assert len(y.graph) == 4
    assert len(twin) == 5


def test_a_cycle_is_printed():
    x = gn.Input("x", value=[1.0])
    a = np.exp(x)
    b = np.tanh(a)
    dag = b.graph.dag.copy()
    dag.remove_edge(x.id, a.id)
    dag.add_edge(b.id, a.id, key=0)
    with pytest.raises(gn.GraphError, match="cycle") as caught:
        gn.Graph.from_dag(dag)
    line = str(caught.value).splitlines()[0]
    assert line.endswith(("exp → tanh → exp", "tanh → exp → tanh"))
    assert b.graph.forward(x=[0.0]) == np.tanh(1.0)


def broken(change):
    x = gn.Input("x", value=[1.0])
    y = x * x
    dag = y.graph.dag.copy()
    change(dag, x.id, y.id)
    return dag


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d, x, y: d.remove_edge(x, y, key=0), "position"),
        (lambda d, x, y: d.add_edge(x, y, key=5), "position"),
        (lambda d, x, y: d.add_edge(x, y, key="a"), "position"),
        (lambda d, x, y: d.add_edge(x, y, key=2), "not 2"),
        (lambda d, x, y: d.remove_edges_from([(x, y, 0), (x, y, 1)]), "not 2"),
        (lambda d, x, y: d.add_node("n"), "operation"),
        (lambda d, x, y: d.add_node("n", operation=3), "operation"),
        (lambda d, x, y: d.add_edge("n", x, key=0), "operation"),
    ],
)
def test_dags_that_are_none(change, message):
    with pytest.raises(gn.GraphnnError, match=message):
        gn.Graph.from_dag(broken(change))


def test_a_leaf_with_inputs():
    x, c = gn.Input("x", value=[1.0]), gn.Constant([1.0])
    dag = (x + c).graph.dag.copy()
    dag.add_edge(x.id, c.id, key=0)
    with pytest.raises(gn.GraphError, match="leaf"):
        gn.Graph.from_dag(dag)


def test_only_multidigraphs():
    x = gn.Input("x", value=[1.0])
    with pytest.raises(gn.GraphError, match="MultiDiGraph"):
        gn.Graph.from_dag(nx.DiGraph((x * x).graph.dag))


# -- copies ----------------------------------------------------------------------------
def pickled(thing):
    return pickle.loads(pickle.dumps(thing))


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_copies_of_a_graph(copied):
    graph, x, _ = network()
    twin = copied(graph)
    assert twin is not graph
    assert twin.name == "net"
    pairs = list(zip(graph.nodes, twin.nodes, strict=True))
    assert not {n.id for n in graph.nodes} & {n.id for n in twin.nodes}
    assert len({n.id for n in twin.nodes}) == len(twin)
    for a, b in pairs:
        assert a is not b
        assert type(a) is type(b)
        assert (a.name, a.scope, a.source) == (b.name, b.scope, b.source)
        assert [graph.nodes.index(n) for n in a.inputs] == [
            twin.nodes.index(n) for n in b.inputs
        ]
        np.testing.assert_array_equal(a.output, b.output)
        if a.output_grad is not None:
            np.testing.assert_array_equal(a.output_grad, b.output_grad)
        if a.kind != "constant":
            assert not np.shares_memory(a.output, b.output)
    for a, b in zip(graph.parameters, twin.parameters, strict=True):
        np.testing.assert_array_equal(a.grad, b.grad)
        assert not np.shares_memory(a.grad, b.grad)
    multiply = twin["layer/weight_multiply"]
    assert multiply.parameter is multiply.inputs[-1]
    same_pass(graph, twin, x, "x")
    kept = graph.parameters[0].value.copy()
    twin.parameters[0].value -= 1.0
    np.testing.assert_array_equal(graph.parameters[0].value, kept)
    assert not np.array_equal(twin.forward(), graph.forward())


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_copies_of_a_node_bring_the_graph(copied):
    graph, _, loss = network()
    twin = copied(loss)
    assert twin is not loss
    assert type(twin) is type(loss)
    assert twin.graph is not graph
    assert len(twin.graph) == len(graph)
    np.testing.assert_array_equal(twin.output, loss.output)
    one, two = copied([loss, graph["x"]])
    assert one.graph is two.graph


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled, copy.copy])
def test_copies_of_recipes(copied):
    recipe = gn.WeightMultiply(np.eye(2))
    twin = copied(recipe)
    assert twin is not recipe
    assert twin.id == 0
    np.testing.assert_array_equal(twin.forward([[1.0, 2.0]]), [[1.0, 2.0]])
    shared = twin.parameter is recipe.parameter
    assert shared == (copied is copy.copy)


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_copies_of_an_operation_that_ran_on_arrays(copied):
    op = gn.WeightMultiply(np.eye(2))
    op.forward(np.array([[1.0, 2.0]]))
    op.backward(np.array([[1.0, 1.0]]))
    twin = copied(op)
    np.testing.assert_array_equal(twin.param_grad, op.param_grad)
    np.testing.assert_array_equal(twin.forward(np.array([[3.0, 4.0]])), [[3.0, 4.0]])
    np.testing.assert_array_equal(twin.backward(np.ones((1, 2))), [[1.0, 1.0]])
    np.testing.assert_array_equal(op.output, [[1.0, 2.0]])


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_copies_of_leaves(copied):
    w = gn.Parameter(np.array([1.0, 2.0], np.float32), name="w")
    w.trainable = False
    twin = copied(w)
    assert twin.id != w.id
    assert twin.name == "w"
    assert not twin.trainable
    assert twin.value.dtype == np.float32
    twin.value += 1.0
    np.testing.assert_array_equal(w.value, [1.0, 2.0])
    assert copied(gn.Constant(2.0)).value.__class__ is float
    one, other = copied([w, w])
    assert one is other


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_copies_of_several_outputs(copied):
    x = gn.Input("x", value=np.arange(4.0))
    first, second = Halves()(x)
    y = first * second
    twin = copied(y)
    np.testing.assert_array_equal(twin.graph.forward(x=np.ones(4)), [1.0, 1.0])
    pair = twin.graph["halves"]
    assert pair[0] is twin.inputs[0]
    twin.graph.backward(twin, np.ones(2), wrt="x")
    np.testing.assert_array_equal(twin.graph["x"].grad, np.ones(4))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_every_protocol(protocol):
    graph, x, _ = network()
    buffer = io.BytesIO()
    pickle.dump(graph, buffer, protocol)
    buffer.seek(0)
    same_pass(graph, pickle.load(buffer), x, "x")


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_order_of_ids_is_kept_where_a_leaf_came_late(copied):
    x = gn.Input("x", value=[1.0])
    y = np.exp(x)
    w = gn.Parameter([2.0], name="w")
    graph = (y * w).graph
    twin = copied(graph)
    assert [n.name for n in twin.order()] == [n.name for n in graph.order()]
    twin["exp"].graph.forward(x=[0.0])
    assert twin.sink().output == 2.0
