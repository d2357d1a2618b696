"""Whatever is typed, over whatever graph, there is an answer and no traceback."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import graphnn as gn

ROW = np.random.default_rng(0)


def lstm():
    layers = [gn.Embedding(5, 3), gn.LSTM(4, return_sequences=False), gn.Dense(2)]
    net = gn.NeuralNetwork(layers, gn.SoftmaxCrossEntropy(), seed=0)
    net.train_batch(ROW.integers(5, size=(3, 4)), ROW.integers(2, size=3))
    return gn.Stepper(net.graph, target=net.loss, training=True)


def normalized():
    layers = [gn.Dense(4), gn.BatchNorm(), "relu", gn.Dropout(0.5), gn.Dense(1)]
    net = gn.NeuralNetwork(layers, gn.MeanSquaredError(), seed=0)
    net.train_batch(ROW.normal(size=(6, 3)), ROW.normal(size=(6, 1)))
    return gn.Stepper(net.graph, target=net.loss, training=True)


def several():
    u, s, vt = np.linalg.svd(gn.Parameter(np.diag([1.0, 2.0, 3.0]), name="a"))
    return gn.Stepper(np.sum(s * s).graph, target=np.sum(u * 1.0 + vt).name)


def complex_numbers():
    z = gn.Parameter([1.0 + 2.0j, 3.0], name="z")
    return gn.Stepper(np.sum(np.abs(np.fft.fft(z))).graph)


def forward_only():
    return gn.Stepper(np.argmax(gn.Input("x", value=np.eye(3))).graph, backward=False)


def scalars_and_strange_names():
    with gn.Graph():
        x = gn.Parameter(3.0, name="a name, with [signs] = \x1b")
        return gn.Stepper((x * x + 1.0).graph)


GRAPHS = [
    lstm,
    normalized,
    several,
    complex_numbers,
    forward_only,
    scalars_and_strange_names,
]

TOUR = """
info|w|l|ll|a|rv|p node|p output|source|why|check|n|w|a|rv|p inputs|p node|u|d|l .
n 3|w|a|l|p output|rn|display output|n|n 99|w|a|rv|p output_grad|p input_grads
why|why 1|why ..|l|changes|set output = output * 1|changes|undo|set grad = grad
rn 2|set output = output + output|changes|undo all|origin|rc|b *|c|c|rc|clear 1
watch grad|guard dead|guard dtype|c|rc|b|restart|s|c|s|q|h|expand|q|j end
"""


@pytest.fixture(params=GRAPHS, ids=lambda make: make.__name__)
def anything(request):
    with np.errstate(all="ignore"):
        return request.param()


@pytest.mark.filterwarnings("ignore")
def test_a_tour_of_all_commands(session, anything):
    ended = session(anything, *TOUR.replace("\n", "|").split("|"))
    for answer in ended.answers:
        assert "Traceback" not in answer
        for kind in ("AttributeError", "TypeError", "IndexError", "KeyError"):
            assert f"*** {kind}" not in answer
    assert ended.debugger.ending == "quit"


WORDS = [
    "n",
    "c",
    "r",
    "unt",
    "b",
    "tbreak",
    "watch",
    "guard",
    "log",
    "condition",
    "ignore",
    "enable",
    "disable",
    "clear",
    "commands",
    "end",
    "silent",
    "w",
    "u",
    "d",
    "l",
    "ll",
    "info",
    "p",
    "pp",
    "whatis",
    "a",
    "rv",
    "source",
    "display",
    "undisplay",
    "why",
    "origin",
    "check",
    "set",
    "changes",
    "undo",
    "h",
    "alias",
    "unalias",
    "j",
    "restart",
    "rn",
    "rs",
    "rc",
    "re",
    "q",
]
ARGUMENTS = [
    "1",
    "2",
    "0",
    "-1",
    "99",
    "*",
    "all",
    ".",
    "..",
    "x",
    "sigmoid",
    "dense_1",
    "dense_1/sigmoid",
    "backward",
    "forward",
    "output",
    "grad",
    "output_grad",
    "output[0]",
    "w[2,3]=1",
    "output=0",
    "grad=1",
    "1+",
    "((",
    "[",
    "]",
    "=",
    "==",
    ",",
    ";;",
    "!",
    "#",
    "é",
    "\x1b",
    "nan",
    "inf",
    "exploding",
    "limit=1",
    "norm(output)>1",
    "%1",
    "True",
    "None",
    "lambda",
]
LINES = st.lists(
    st.tuples(
        st.sampled_from(WORDS), st.lists(st.sampled_from(ARGUMENTS), max_size=3)
    ).map(lambda parts: " ".join([parts[0], *parts[1]])),
    max_size=12,
)


@pytest.mark.filterwarnings("ignore")
@given(lines=LINES)
def test_nonsense_is_answered(session, lines):
    net = gn.NeuralNetwork(
        [gn.Dense(2, "sigmoid"), gn.Dense(1)], gn.MeanSquaredError(), seed=0
    )
    net.train_batch(np.ones((2, 3)), np.ones((2, 1)))
    ended = session(gn.Stepper(net.graph, target=net.loss), *lines)
    assert ended.debugger.ending == "quit"
    assert "Traceback" not in ended.text
