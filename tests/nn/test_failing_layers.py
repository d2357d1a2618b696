"""Layers that fail or are misused: nothing is half-changed, the error says what."""

import numpy as np
import pytest

import graphnn as gn


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(size=shape)


def test_graphs_that_met_in_a_layer_that_fails_keep_their_nodes():
    weight = gn.Parameter(np.ones(3), name="weight")
    third = gn.Input("third", value=numbers(2, 3)) * 4.0

    class Fails(gn.Layer):
        def _setup_layer(self, one, other):
            self.scale = gn.Parameter(np.ones(3), name="scale")

        def _connect(self, one, other):
            one + other * weight * self.scale + third
            raise RuntimeError("on purpose")

    one = gn.Input("one", value=numbers(2, 3)) * 2.0
    other = gn.Input("other", value=numbers(2, 3, seed=1)) * 3.0
    layer = Fails()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="on purpose"):
            layer(one, other)
        for node, factor in ((one, 2.0), (other, 3.0), (third, 4.0)):
            assert node in node.graph
            value = node.graph.forward(target=node)
            np.testing.assert_array_equal(value, node.inputs[0].output * factor)
        kinds = [node.kind for node in one.graph.nodes]
        assert "parameter" not in kinds
        assert kinds.count("operation") == 3
