"""Small graphs to draw, of operations defined here.

Run as a script, this file prints the DOT text and the table of one of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest

from graphnn.draw import summary, to_dot
from graphnn.graph import (
    Graph,
    Input,
    Node,
    Operation,
    Parameter,
    ParamOperation,
    scope,
)


class WeightMultiply(ParamOperation):
    def _output(self):
        return self.input_ @ self.param

    def _input_grad(self, output_grad):
        return output_grad @ self.param.T

    def _param_grad(self, output_grad):
        return self.input_.T @ output_grad


class Multiply(Operation):
    def _output(self):
        left, right = self.input_values
        return left * right

    def _input_grads(self, output_grad):
        left, right = self.input_values
        return output_grad * right, output_grad * left


class Double(Operation):
    def _output(self):
        return self.input_ + self.input_

    def _input_grad(self, output_grad):
        return output_grad + output_grad


class Loss(Operation):
    def _output(self):
        left, right = self.input_values
        return np.asarray(np.sum((left - right) ** 2))

    def _input_grads(self, output_grad):
        left, right = self.input_values
        return output_grad * 2 * (left - right), output_grad * 2 * (right - left)


def build_two_layers(value: bool = True) -> Graph:
    """Two layers, each in its scope, and a loss: 9 nodes."""
    x = Input("x", value=np.ones((8, 3)) if value else None)
    y = Input("y", value=np.ones((8, 1)) if value else None)
    node = x
    for number, (rows, columns) in enumerate([(3, 5), (5, 1)], start=1):
        with scope(f"dense_{number}"):
            weight = Parameter(np.ones((rows, columns)), name="weight")
            node = WeightMultiply(weight)(node)
            node = Double()(node)
    return Loss()(node, y).graph


def build_chain(length: int) -> Graph:
    node = Input("x", value=np.zeros(2))
    double = Double()
    for _ in range(length):
        node = double(node)
    return node.graph


@pytest.fixture
def two_layers() -> Graph:
    return build_two_layers()


@pytest.fixture
def valueless() -> Graph:
    return build_two_layers(value=False)


@pytest.fixture
def chain() -> Callable[[int], Graph]:
    return build_chain


@pytest.fixture
def multiply() -> Callable[..., Node]:
    return Multiply()


@pytest.fixture
def named() -> Callable[[str], Graph]:
    """Make a graph in which one text of the user's stands wherever there is room."""

    def make(text: str) -> Graph:
        with Graph(text) as graph, scope(text):
            x = Input(text, value=np.ones(2))
            Multiply()(x, x)
        return graph

    return make


if __name__ == "__main__":
    graph = build_two_layers()
    sys.stdout.write(to_dot(graph) + summary(graph))
