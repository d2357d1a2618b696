"""graphnn's side of a comparison: a function written in NumPy, run on nodes."""

import numpy as np
from trees import leaves, tree_map

import graphnn as gn


class Variable:
    """An array to differentiate with respect to."""

    def __init__(self, array):
        self.array = array


def plain(tree):
    """Take the arrays of variables."""
    return tree_map(lambda x: x.array if isinstance(x, Variable) else x, tree)


class Evaluation:
    """A function of nodes: its values and its first and second derivatives.

    Parameters
    ----------
    function : callable
        Written in NumPy.
    arguments, settings
        What it is called with; each :class:`Variable` among it becomes an Input.
    """

    def __init__(self, function, arguments, settings):
        self.variables = []

        def as_node(value):
            if not isinstance(value, Variable):
                return value
            name = f"variable_{len(self.variables)}"
            self.variables.append(gn.Input(name, value=value.array))
            return self.variables[-1]

        arguments, settings = tree_map(as_node, (arguments, settings))
        self.outputs = [
            part
            for output in leaves(function(*arguments, **settings))
            for part in parts_of(output)
        ]

    @property
    def values(self):
        return [value_of(output) for output in self.outputs]

    def gradients(self, cotangents):
        """Carry a cotangent of each output (or None) back to the variables."""
        return self._pulled_back(zip(self.outputs, cotangents, strict=True))

    def second_gradients(self, cotangents, second_cotangents):
        """Differentiate the gradients, as nodes, once more."""
        pairs = []
        for output, cotangent in zip(self.outputs, cotangents, strict=True):
            if cotangent is None or not is_differentiable(output):
                continue
            firsts = output.graph.gradient(output, self._reached(output), cotangent)
            seconds = [
                second
                for variable, second in zip(
                    self.variables, second_cotangents, strict=True
                )
                if variable in output.graph
            ]
            pairs += zip(firsts, seconds, strict=True)
        return self._pulled_back(pairs)

    def _pulled_back(self, pairs):
        """Sum the gradients of pairs of a node and a cotangent."""
        sums = [np.zeros(v.shape, v.dtype) for v in self.variables]
        for output, cotangent in pairs:
            if cotangent is None or not is_differentiable(output):
                continue
            output.graph.backward(output, cotangent, wrt=self._reached(output))
            for position, variable in enumerate(self.variables):
                if variable in output.graph and variable.grad is not None:
                    sums[position] = sums[position] + variable.grad
        return sums

    def _reached(self, output):
        """List the variables in the output's graph."""
        return [variable for variable in self.variables if variable in output.graph]


def parts_of(output):
    """List the items of a node of several outputs."""
    if isinstance(output, gn.Node) and type(output.output) is tuple:
        return [output.item(index) for index in range(len(output.output))]
    return [output]


def value_of(output):
    """Take the array of a node; leave an array as it is."""
    return np.asarray(output.output if isinstance(output, gn.Node) else output)


def is_differentiable(output):
    """Tell a node with float or complex values that is no constant."""
    is_node = isinstance(output, gn.Node) and output.graph is not None
    return is_node and output.dtype.kind in "fc"


def differences(ours, theirs, rtol, atol):
    """Say how two lists of arrays differ; an empty text where they do not."""
    if len(ours) != len(theirs):
        return f"{len(ours)} arrays, expected {len(theirs)}"
    lines = []
    for position, (mine, expected) in enumerate(zip(ours, theirs, strict=True)):
        mine, expected = np.asarray(mine), np.asarray(expected)
        if mine.shape != expected.shape:
            lines.append(f"[{position}] shape {mine.shape}, expected {expected.shape}")
        elif (mine.dtype.kind == "c") != (expected.dtype.kind == "c"):
            lines.append(f"[{position}] {mine.dtype}, expected {expected.dtype}")
        else:
            try:
                np.testing.assert_allclose(mine, expected, rtol, atol, verbose=False)
            except AssertionError as error:
                lines.append(f"[{position}] {' '.join(str(error).split())}")
    return "; ".join(lines)
