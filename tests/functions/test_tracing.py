"""The graph of a plain NumPy function."""

from functools import partial

import numpy as np
import pytest

import graphnn as gn


def energy(x, v, mass=2.0):
    return 0.5 * mass * np.sum(v**2) + np.sum(x)


def test_inputs_are_named_as_the_arguments():
    graph = gn.trace(energy)(np.ones(2), np.ones(2), mass=3.0)
    assert [n.name for n in graph.nodes if n.kind == "input"] == ["x", "v", "mass"]
    assert float(graph.forward(mass=4.0)) == 6.0
    (result,) = graph.results
    assert result.output == 6.0
    assert graph.sink() is result
    graph.backward(wrt=["v", "mass"])
    np.testing.assert_array_equal(graph["v"].grad, [4.0, 4.0])
    assert graph["mass"].grad == 1.0


def test_the_lines_are_those_of_the_function():
    graph = gn.trace(energy)(np.ones(2), np.ones(2))
    made = [n for n in graph.nodes if n.kind == "operation"]
    assert {n.source.function for n in made} == {"energy"}
    assert {n.source.line for n in made} == {energy.__code__.co_firstlineno + 1}


def test_structures_and_settings():
    def f(pair, options, reduce=np.sum, scale=None, flag=True):
        assert flag is True
        assert scale is None
        return reduce(pair[0] * pair[1]) + options["shift"]

    graph = gn.trace(f)((np.ones(2), 3.0), {"shift": 1.0})
    names = [n.name for n in graph.nodes if n.kind == "input"]
    assert names == ["pair_0", "pair_1", "options_shift"]
    assert float(graph.forward()) == 7.0


def test_several_results():
    graph = gn.trace(lambda x: (np.exp(x), np.sum(x)))(np.zeros(2))
    assert len(graph.results) == 2
    exponentials, total = graph.forward(x=np.ones(2))
    np.testing.assert_array_equal(exponentials, np.exp(np.ones(2)))
    assert total == 2.0
    with pytest.raises(gn.GraphError, match="2 results: exp, sum"):
        graph.backward()
    graph.backward("sum", wrt="x")


def test_results_that_nothing_computes():
    graph = gn.trace(lambda x: x)(np.ones(2))
    np.testing.assert_array_equal(graph.forward(x=[3.0, 4.0]), [3.0, 4.0])
    graph = gn.trace(lambda x: 2.0)(np.ones(2))
    assert graph.forward() == 2.0


def test_named_tuples_are_structures():
    graph = gn.trace(np.linalg.qr)(np.array([[2.0, 1.0], [1.0, 3.0]]))
    q, r = graph.forward()
    np.testing.assert_allclose(q @ r, [[2.0, 1.0], [1.0, 3.0]])


@pytest.mark.parametrize(
    ("value", "says"), [(None, "Is a return missing"), ("a", "str")]
)
def test_what_is_no_result(value, says):
    with pytest.raises(gn.GradientError, match=says):
        gn.trace(lambda x: value)(np.ones(2))


def test_an_axis_is_no_input():
    def f(x, axis):
        return np.sum(x, axis=axis)

    with pytest.raises(gn.UnsupportedError, match=r"functools\.partial"):
        gn.trace(lambda x, n: sum(x for _ in range(n)))(np.ones(2), 2)
    graph = gn.trace(partial(f, axis=0))(np.ones((2, 3)))
    assert graph.results[0].shape == (3,)


def test_dead_ends_are_not_the_result():
    def f(x):
        np.exp(x)
        return np.sum(x)

    graph = gn.trace(f)(np.ones(2))
    assert float(graph.forward(x=[1.0, 2.0])) == 3.0


def test_a_derivative_is_traced():
    graph = gn.trace(gn.grad(lambda x: x**3))(2.0)
    assert float(graph.forward(x=3.0)) == 27.0
    assert any(n.forward_node is not None for n in graph.nodes)
    assert "power_grad" in graph.to_dot()


def test_nodes_are_used_as_they_are():
    x = gn.Input("mine", value=[1.0, 2.0])
    graph = gn.trace(np.sum)(x)
    assert graph["mine"] is x
    assert graph.results[0].output == 3.0


def test_a_node_that_is_returned_as_it_is():
    z = gn.Input("z", value=[1.0, 2.0])
    graph = gn.trace(lambda x: z)(np.ones(2))
    assert graph.results == [z]
    assert gn.trace(lambda x: x)(z).results == [z]


def test_of_functions_written_in_c():
    graph = gn.trace(np.add)(np.ones(2), np.ones(2))
    assert [n.name for n in graph.nodes] == ["x1", "x2", "add"]


def test_it_is_fed_another_shape():
    graph = gn.trace(lambda x: np.sum(x**2))(np.ones(2))
    assert float(graph.forward(x=np.ones(5))) == 5.0


def test_errors_come_from_the_line():
    def f(x):
        return x @ np.ones((3, 2))

    with pytest.raises(gn.ShapeError, match=r"test_tracing.py:\d+.*inner sizes"):
        gn.trace(f)(np.ones((2, 2)))
