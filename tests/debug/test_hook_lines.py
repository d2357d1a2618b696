"""Which line the parts of an expanded formula carry."""

from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.debug.expanding import expand_node

HERE = Path(__file__).name


def doubled(value):
    return value * 2.0  # a helper


class Softplus(gn.Operation):
    def _output(self):
        raised = np.exp(self.input_)  # first
        return np.log(  # second
            1.0 + doubled(raised)
        )

    def _input_grad(self, output_grad):
        return output_grad


class Gated(gn.Operation):
    def _output(self):
        return self.input_ * np.std(self.input_)  # both

    def _input_grad(self, output_grad):
        return output_grad


def line_of(text):
    lines = Path(__file__).read_text().splitlines()
    return next(i for i, line in enumerate(lines, start=1) if line.endswith(text))


def lines_of(graph):
    return {
        node.name.rpartition("/")[2]: node.source
        for node in graph.nodes
        if node.kind == "operation"
    }


def test_the_parts_carry_the_lines_of_the_formula():
    node = Softplus()(gn.Parameter([0.0, 1.0], name="x"))
    used = node.source
    lines = lines_of(expand_node(node).graph)
    assert Path(lines["exp"].file).name == HERE
    assert lines["exp"].line == line_of("# first")
    assert lines["exp"].function == "_output"
    assert line_of("# second") <= lines["log"].line <= line_of("# second") + 1
    assert (lines["multiply"].line, lines["multiply"].function) == (
        line_of("# a helper"),
        "doubled",
    )
    assert node.source == used  # the operation stays as it is


def test_what_a_formula_uses_of_the_library_carries_a_line_of_the_users():
    node = Gated()(gn.Parameter([0.0, 1.0], name="x"))
    lines = lines_of(expand_node(node).graph)
    allowed = {line_of("# both"), node.source.line}
    assert {source.line for source in lines.values()} <= allowed
    assert lines["multiply"].line == line_of("# both")


def test_an_operation_of_the_library_carries_the_line_of_its_use():
    node = gn.Sigmoid()(gn.Parameter([0.0, 1.0], name="x"))
    lines = lines_of(expand_node(node).graph)
    assert len(lines) > 1
    assert set(lines.values()) == {node.source}


def test_the_graph_of_a_user_is_expanded_as_before():
    node = Softplus()(gn.Parameter([0.0, 1.0], name="x"))
    expand_node(node)
    lines = lines_of(node.graph.expand())
    assert set(lines.values()) == {node.source}


def test_the_gradient_is_the_same():
    node = Softplus()(gn.Parameter([0.0, 1.0], name="x"))
    graph, target, output_grad = expand_node(node, [1.0, 1.0])
    graph.backward(target, output_grad, wrt="x")
    raised = 2.0 * np.exp([0.0, 1.0])
    np.testing.assert_allclose(graph["x"].grad, raised / (1.0 + raised))
