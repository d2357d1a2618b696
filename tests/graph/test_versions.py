"""The number that tells whether what was made from a graph may still hold."""

import copy

import numpy as np
import pytest

import graphnn as gn


class Scaled(gn.Operation):
    """A setting that hooks read, one that they set again, and a residual."""

    def __init__(self, factor):
        self.factor = factor
        self.seen = None

    def _output(self):
        self.seen = self.mask = self.input_ > 0
        return self.factor * self.input_

    def _input_grad(self, output_grad):
        self.seen = self.kept = output_grad
        return self.factor * output_grad


class Kinked(gn.Tanh):
    """A user's variation of an operation that has no settings itself."""

    def __init__(self, slope):
        self.slope = slope

    def _output(self):
        return self.slope * super()._output()


@pytest.fixture
def scaled():
    return Scaled(2.0)(gn.Parameter([1.0, -1.0]))


def version(node):
    return node.graph._version


def test_a_setting_of_a_node(scaled):
    before = version(scaled)
    scaled.factor = 3.0
    assert version(scaled) == before + 1
    np.testing.assert_array_equal(scaled.graph.forward(), [3.0, -3.0])


def test_setting_it_through_the_graph(scaled):
    before = version(scaled)
    scaled.graph["scaled"].factor = 3.0
    assert version(scaled) != before


def test_settings_of_the_library():
    node = gn.LeakyReLU(0.5)(gn.Input("x", value=np.ones(4)))
    before = version(node)
    node.slope = 0.25
    assert version(node) == before + 1


def test_a_recipe_is_of_no_graph(scaled):
    recipe = Scaled(2.0)
    before = version(scaled)
    node = recipe(scaled)
    recipe.factor = 5.0
    assert version(node) == before
    assert node.factor == 2.0


def test_passes_change_nothing_however_often(scaled):
    graph = scaled.graph
    loss = np.sum(np.tanh(scaled))
    before = graph._version
    for _ in range(2):
        graph.forward()
        loss.backward()
        list(graph.forward_steps(training=True))
        list(graph.backward_steps())
    scaled.forward([2.0, 3.0])
    scaled.backward([1.0, 1.0])
    assert scaled.seen is scaled.kept  # hooks have set a setting and a residual
    assert graph._version == before


def test_a_pass_that_fails_changes_nothing(scaled):
    graph = scaled.graph
    x = gn.Input("x", value=[1.0, 1.0])
    node = scaled + x
    before = version(node)
    with pytest.raises(gn.ShapeError):
        graph.forward(x=[1.0, 2.0, 3.0])
    assert version(node) == before


def test_what_a_node_is_called_is_no_setting(scaled):
    before = version(scaled)
    scaled.name = "times_two"
    scaled.note = "to remember"
    assert version(scaled) == before


def test_new_nodes_change_nothing(scaled):
    before = version(scaled)
    np.exp(scaled)
    assert version(scaled) == before


def test_a_node_that_is_taken_out(scaled):
    graph = scaled.graph
    before = graph._version
    graph.remove([])
    assert graph._version == before
    graph.remove([scaled.id])
    assert graph._version == before + 1


def test_graphs_that_meet():
    one, other = [Scaled(2.0)(gn.Input(value=1.0)) for _ in range(2)]
    graphs = one.graph, other.graph
    for factor in (3.0, 4.0):
        other.factor = factor
    before = [graph._version for graph in graphs]
    one + other
    assert graphs[0]._version == graphs[1]._version > max(before)
    merged = version(one)
    other.factor = 5.0
    assert [graph._version for graph in graphs] == [merged + 1] * 2


def test_a_copy_counts_for_itself(scaled):
    twin = copy.deepcopy(scaled)
    before = version(scaled), version(twin)
    twin.factor = 7.0
    assert (version(scaled), version(twin)) == (before[0], before[1] + 1)


def test_a_variation_of_an_operation_without_settings():
    recipe = Kinked(2.0)
    node = recipe(gn.Input(value=1.0))
    again = node(node)  # a copy has the settings too
    assert again.slope == 2.0
    before = version(node)
    node.slope = 3.0
    assert version(node) == before + 1


def test_a_class_that_notices_for_itself():
    told = []

    class Careful(gn.Operation):
        def __setattr__(self, name, value):
            told.append(name)
            super().__setattr__(name, value)

        def _output(self):
            return self.input_

    node = Careful()(gn.Input(value=1.0))
    node.limit = 2.0
    assert told[-1] == "limit"
