"""Steps of a whole pass, and walks over them in both directions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np

import graphnn as gn


def both_passes(target, **settings):
    """Give the steps of a forward and a backward pass, indexed as on one tape."""
    graph = target.graph
    steps = [*graph.forward_steps(target=target)]
    steps += graph.backward_steps(target, **settings)
    return [replace(step, index=index) for index, step in enumerate(steps)]


def tape_of(steps):
    """Give what breakpoints follow: a tape on which all these steps have run."""
    graph = steps[0].node.graph
    return SimpleNamespace(
        graph=graph, records=[SimpleNamespace(step=s) for s in steps]
    )


def stops_of(breakpoints, steps, direction="forward"):
    """Give the indices of the steps at which breakpoints stop, in ascending order."""
    walk = steps if direction == "forward" else steps[::-1]
    return sorted(s.index for s in walk if breakpoints.matches(s, direction))


def places_of(steps, test):
    """Give the indices of the steps for which something is true."""
    return [step.index for step in steps if test(step)]


def small_network():
    """Give the loss of two dense layers, each in a scope."""
    rng = np.random.default_rng(0)
    x = gn.Input("x", value=rng.normal(size=(4, 3)))
    w1 = gn.Parameter(rng.normal(size=(3, 5)), name="w1")
    w2 = gn.Parameter(rng.normal(size=(5, 1)), name="w2")
    with gn.scope("dense_1"):
        hidden = gn.Sigmoid()(x @ w1)
    with gn.scope("dense_2"):
        output = gn.Sigmoid()(hidden @ w2)
    return np.mean((output - 0.5) ** 2)
