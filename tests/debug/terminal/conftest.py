"""Debuggers that are fed with lines, and what they answer."""

import io
import re
from typing import NamedTuple

import numpy as np
import pytest

import graphnn as gn
from graphnn.debug.terminal.debugger import Debugger

PROMPT = re.compile(r"^(?:\(+gnn\)+|\(com\)|\(Pdb\)) ?(.*)$", re.MULTILINE)


class Session(NamedTuple):
    """A session that is over.

    Attributes
    ----------
    text : str
        All of it.
    answers : list of str
        What followed each line, in the order of the lines.
    debugger : Debugger
    """

    text: str
    answers: list
    debugger: Debugger

    def __getitem__(self, line):
        return self.answers[line]


def run_session(stepper, *lines, **settings):
    """Feed lines to a debugger, then end the input."""
    source, target = io.StringIO("\n".join(lines) + "\n"), io.StringIO()
    settings.setdefault("namespace", {})
    debugger = Debugger(stepper, source, target, **settings)
    debugger.interact()
    text = target.getvalue()
    _, *parts = PROMPT.split(text)
    answers = [answer.strip("\n") for answer in parts[1::2]]
    return Session(text, answers, debugger)


@pytest.fixture(scope="session")
def session():
    return run_session


@pytest.fixture
def network():
    """A network of two layers that has run on a batch."""
    rng = np.random.default_rng(0)
    net = gn.NeuralNetwork(
        [gn.Dense(4, "sigmoid"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )
    net.train_batch(rng.normal(size=(5, 3)), rng.normal(size=(5, 1)))
    return net


@pytest.fixture
def stepper(network):
    """Over the network: six steps forward, six backward."""
    return gn.Stepper(network.graph, target=network.loss)


@pytest.fixture
def small():
    """Over sum((x * w) ** 2): three steps forward, three backward."""
    x = gn.Input("x", value=[1.0, 2.0])
    w = gn.Parameter([3.0, 4.0], name="w")
    return gn.Stepper(np.sum((x * w) ** 2).graph)
