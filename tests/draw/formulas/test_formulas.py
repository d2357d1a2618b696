"""Formulas: read from the hooks, and what they say is what the hooks compute."""

from __future__ import annotations

import time

import numpy as np
import pytest
from cases import CASES, numbers

import graphnn as gn
from graphnn.draw import to_dot
from graphnn.draw.compose import compose
from graphnn.draw.formulas.formula import Formula, formula_of, names_of
from graphnn.draw.options import Options
from graphnn.graph.dispatch import OPERATIONS

OWN = {
    function.__name__: function
    for function in OPERATIONS
    if str(getattr(function, "__module__", "")).startswith("graphnn.")
}
"""Functions of our own that formulas call."""

SCOPE = {**vars(np), **OWN}


def node_of(case):
    return case.make()(*case.inputs)


def evaluated(node):
    """Compute a formula by itself, on the values of the node's inputs."""
    formula = formula_of(node)
    names = names_of(node)
    values = {
        names[source.id]: source.output for source in node.inputs if source.id in names
    }
    values = {**SCOPE, **values}
    for letter, text in formula.where:
        values[letter] = eval(text, values)
    return eval(formula.text, values)


def same(one, other):
    if isinstance(other, tuple):
        return all(same(*pair) for pair in zip(one, other, strict=True))
    return np.shape(one) == np.shape(other) and np.allclose(
        one, other, rtol=1e-12, atol=1e-12, equal_nan=True
    )


# -- all operations of the library -----------------------------------------------------
@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_formula_computes_what_the_hook_computes(case):
    node = node_of(case)
    formula = formula_of(node)
    if formula is None:
        assert case.operation.__name__ in UNTRACED
        return
    if "…" in str(formula):
        assert case.operation.__name__ in WITH_ARRAYS
        return
    assert same(evaluated(node), node.output), str(formula)


UNTRACED = {"InitialState"}
"""Of these there is no formula: the elements of the input play no part."""

WITH_ARRAYS = {"AttentionWeights", "ScaledDotProductAttention"}
"""In some uses of these an array of the hook's, a mask, is not written out."""


# -- golden texts ----------------------------------------------------------------------
def x(*shape):
    return gn.Input("x", value=numbers(*(shape or (2, 4))))


def two(*shape):
    shape = shape or (2, 4)
    return (
        gn.Input("prediction", value=numbers(*shape)),
        gn.Input("y", value=numbers(*shape, seed=1)),
    )


class Logistic(gn.Operation):
    def _output(self):
        return 1.0 / (1.0 + np.exp(-1.0 * self.input_))

    def _input_grad(self, output_grad):
        return output_grad * self.output * (1 - self.output)


class Home(gn.Operation):
    """Whatever a hook of the user's says."""

    arity = None

    def __init__(self, function):
        self.function = function

    def _output(self):
        return self.function(*self.input_values)

    def _input_grads(self, output_grad):
        return (None,) * len(self.input_values)


LIBRARY = {
    "sigmoid": (
        lambda: gn.Sigmoid()(x()),
        "t / (t + exp(-maximum(x, 0))) where t = exp(minimum(x, 0))",
    ),
    "notebook": (lambda: Logistic()(x()), "1 / (1 + exp(-1 * x))"),
    "relu": (lambda: gn.ReLU()(x()), "maximum(x, 0)"),
    "tanh": (lambda: gn.Tanh()(x()), "tanh(x)"),
    "linear": (lambda: gn.Linear()(x()), "x"),
    "weights": (lambda: gn.WeightMultiply(np.ones((4, 3)))(x()), "x @ weight"),
    "rows": (
        lambda: gn.WeightMultiply(np.ones((4, 3)))(x(2, 5, 4)),
        "(x.reshape(-1, 4) @ weight).reshape(2, 5, 3)",
    ),
    "bias": (lambda: gn.BiasAdd(np.ones((1, 4)))(x()), "x + bias"),
    "softmax": (
        lambda: gn.Softmax()(x()),
        "t / sum(t, axis=-1, keepdims=True) "
        "where t = exp(x - max(x, axis=-1, keepdims=True))",
    ),
    "log_softmax": (
        lambda: gn.LogSoftmax()(x()),
        "t - log(sum(exp(t), axis=-1, keepdims=True)) "
        "where t = x - max(x, axis=-1, keepdims=True)",
    ),
    "squared": (
        lambda: gn.MeanSquaredError()(*two()),
        "t @ t / 2 where t = (prediction - y).reshape(-1)",
    ),
    "sum": (lambda: np.sum(x(), axis=(0, 1)), "sum(x, axis=(0, 1))"),
    "mean": (
        lambda: np.mean(x(), axis=1, keepdims=True),
        "mean(x, axis=1, keepdims=True)",
    ),
    "one axis": (lambda: Home(lambda x: np.sum(x, axis=(0,)))(x()), "sum(x, axis=0)"),
    "all": (lambda: np.sum(x()), "sum(x)"),
    "power": (lambda: x() ** 2, "x ** 2"),
    "item": (lambda: x()[:, 1:3], "x[:, 1:3]"),
    "row": (lambda: x()[0], "x[0]"),
    "new": (lambda: x()[:, None, ..., ::2], "x[:, None, ..., ::2]"),
    "reshape": (lambda: np.reshape(x(), (4, 2)), "x.reshape(4, 2)"),
    "turned": (lambda: x().T, "x.T"),
    "same": (lambda: multiplied(x()), "x * x"),
    "where": (
        lambda: np.where(*[i > 0 if k == 0 else i for k, i in enumerate(two())], 0.0),
        "where(greater, y, 0)",
    ),
    "joined": (lambda: np.concatenate(list(two())), "concatenate((prediction, y))"),
    "inverse": (lambda: np.linalg.inv(x(3, 3)), "linalg.inv(x)"),
    "norm": (lambda: np.linalg.norm(x(), axis=1), "linalg.norm(x, axis=1)"),
    "clipped": (lambda: np.clip(x(), -0.5, 0.25), "clip(x, -0.5, 0.25)"),
    "product": (
        lambda: np.einsum("ij,kj->ik", *two()),
        'einsum("ij,kj->ik", prediction, y, optimize=False)',
    ),
    "parts": (lambda: np.split(x(), 2, axis=1)[1], "x[1]"),
    "split": (lambda: np.split(x(), 2, axis=1)[1].inputs[0], "split(x, 2, axis=1)"),
}


def multiplied(node):
    return node * node


@pytest.mark.parametrize("name", LIBRARY)
def test_formulas_are_what_one_would_write(name):
    make, text = LIBRARY[name]
    assert make().formula == text


SIGNS = {
    "a - (b - c)": lambda a, b, c: a - (b - c),
    "a - b - c": lambda a, b, c: a - b - c,
    "a + (b + c)": lambda a, b, c: a + (b + c),
    "a * (b + c)": lambda a, b, c: a * (b + c),
    "a * b + c": lambda a, b, c: a * b + c,
    "a / (b * c)": lambda a, b, c: a / (b * c),
    "a / b / c": lambda a, b, c: a / b / c,
    "-a ** b": lambda a, b, c: -(a**b),
    "(-a) ** 2": lambda a, b, c: (-a) ** 2.0,
    "a ** -b": lambda a, b, c: a**-b,
    "a ** b ** c": lambda a, b, c: a ** (b**c),
    "(a ** b) ** c": lambda a, b, c: (a**b) ** c,
    "-(a + b)": lambda a, b, c: -(a + b),
    "a - -b": lambda a, b, c: a - -b,
    "--a": lambda a, b, c: np.negative(-a),
    "(a + b)[0]": lambda a, b, c: (a + b)[0],
    "(a + b).T @ c": lambda a, b, c: (a + b).T @ c,
    "abs(a) % b": lambda a, b, c: abs(a) % b,
    "(a > b) == (b > c)": lambda a, b, c: (a > b) == (b > c),
    "(a > b) & (b <= c)": lambda a, b, c: (a > b) & (b <= c),
    "~(a > b) | (b < c)": lambda a, b, c: ~(a > b) | (b < c),
    "2 ** a * 0.1": lambda a, b, c: 2**a * 0.1,
    "(-2) ** abs(rint(a))": lambda a, b, c: (-2.0) ** np.abs(np.rint(a)),
    "a + inf": lambda a, b, c: a + np.inf,
    "a * -0.0": lambda a, b, c: a * -0.0,
    "a * 1e+300": lambda a, b, c: a * 1e300,
    "a + array([1.0, 2.0])": lambda a, b, c: a + np.array([1.0, 2.0]),
    "a.sum(axis=0)": lambda a, b, c: a.sum(axis=0),
}


@pytest.mark.parametrize("text", SIGNS)
def test_parentheses_stand_where_python_needs_them(text):
    values = [numbers(2, 2, seed=seed, signs=False) for seed in range(3)]
    a, b, c = [gn.Input(n, value=v) for n, v in zip("abc", values, strict=True)]
    node = Home(SIGNS[text])(a, b, c)
    assert node.formula == text
    assert same(evaluated(node), node.output)


def test_what_is_used_twice_gets_a_letter():
    node = Home(lambda x: np.sqrt(x * x + 1) - 1 / np.sqrt(x * x + 1))(x())
    assert node.formula == "t - 1 / t where t = sqrt(x * x + 1)"
    letters = Home(lambda t, u: np.tanh(t + u - 1) * np.tanh(t + u - 1))(
        gn.Input("t", value=1.0), gn.Input("u", value=2.0)
    )
    assert letters.formula == "v * v where v = tanh(t + u - 1)"


def test_letters_come_in_the_order_in_which_they_are_computed():
    def function(x):
        one = np.exp(x - 0.25)
        other = np.log(one + np.max(one))
        return other * other

    node = Home(function)(x())
    assert node.formula == "u * u where t = exp(x - 0.25), u = log(t + max(t))"
    assert formula_of(node).lines() == [
        "u * u",
        "where t = exp(x - 0.25)",
        "u = log(t + max(t))",
    ]


def test_several_outputs():
    node = Home(lambda x: (np.exp(x), x))(x())
    assert node.formula == "exp(x), x"
    parts = Home(lambda x: np.split(x, 2)[0] * np.split(x, 2)[1])(x())
    assert parts.formula == "t[0] * t[1] where t = split(x, 2)"
    signs = Home(lambda x: np.divmod(x, 2)[1])(x())
    assert signs.formula == "divmod(x, 2)[1]"


def test_a_brief_formula_leaves_out_what_concerns_the_layout():
    node = Home(
        lambda x: x.astype(np.float32) / np.sum(x, axis=1, keepdims=True) * 0.123456
    )
    formula = formula_of(node(x()))
    assert formula.brief == "x / sum(x, axis=1) * 0.1235"
    assert formula.text == (
        "x.astype(float32) / sum(x, axis=1, keepdims=True) * 0.123456"
    )


# -- names -----------------------------------------------------------------------------
def test_arguments_are_called_by_what_they_are():
    with gn.Graph(), gn.scope("dense"):
        one, other = [np.exp(each) for each in two()]
        assert (one - other).formula == "exp - exp_2"
        assert (one - one).formula == "x - x"


def test_arguments_with_unspeakable_names_are_letters():
    one = gn.Input("<b>one</b>", value=1.0)
    other = gn.Input("a_name_that_is_longer_than_a_formula", value=2.0)
    assert (one - other).formula == "a - b"
    with gn.scope("left"):
        left = gn.Input("value", value=1.0)
    with gn.scope("right"):
        right = gn.Input("value", value=1.0)
    assert (left - right).formula == "a - b"
    assert (right * gn.Parameter(2.0, name="weight")).formula == "x * weight"
    assert (right + np.ones(3)).formula == "x + c"
    assert Shift(np.ones(1))(left).formula == "x + param"


class Shift(gn.ParamOperation):
    def _output(self):
        return self.input_ + self.param

    def _input_grad(self, output_grad):
        return output_grad

    def _param_grad(self, output_grad):
        return output_grad


# -- what has no formula ---------------------------------------------------------------
def branching(x):
    return x if x > 0 else -x


def in_place(x):
    y = x.copy()
    y[0] = 0
    return y


@pytest.mark.parametrize(
    "function",
    [branching, in_place, lambda x: np.asarray(float(x)), lambda x: np.ones(3)],
    ids=["branching", "in place", "hidden", "no input"],
)
def test_what_cannot_be_traced_has_none(function):
    value = 1.0 if function is not in_place else [1.0, 2.0]
    node = Home(function)(gn.Input("x", value=value))
    assert node.formula is None
    assert formula_of(node) is None


def test_there_is_none_before_there_are_values():
    y = gn.Sigmoid()(gn.Input("x"))
    assert y.formula is None
    y.graph.forward(x=[1.0])
    assert y.formula is not None


def test_a_leaf_has_none():
    assert formula_of(x()) is None
    assert not hasattr(x(), "formula")


def test_a_formula_without_end_is_not_written():
    def function(x):
        for _ in range(500):
            x = np.sin(x)
        return x

    assert Home(function)(x()).formula is None


def test_a_plan_that_has_taken_the_values_leaves_the_formula():
    y = gn.Softmax()(np.exp(x()))
    before = y.formula
    y.output = y.inputs[0].output = None
    assert y.formula is None
    y.graph._seen[y.inputs[0].id] = ((2, 4), np.dtype(float))
    assert y.formula == before


# -- nothing is changed ----------------------------------------------------------------
class Noise(gn.Operation):
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def _output(self):
        self.mask = self.rng.random(self.input_.shape)
        return self.input_ + self.mask + np.random.rand()  # noqa: NPY002

    def _input_grad(self, output_grad):
        return output_grad


def test_reading_a_formula_changes_nothing():
    node = Noise()(x())
    mask, output, size = node.mask, node.output, len(node.graph)
    state = node.rng.bit_generator.state
    of_numpy = np.random.get_state()[1:3]  # noqa: NPY002
    assert "array(…)" in node.formula
    assert node.rng.bit_generator.state == state
    now = np.random.get_state()[1:3]  # noqa: NPY002
    assert np.array_equal(now[0], of_numpy[0])
    assert now[1] == of_numpy[1]
    assert node.mask is mask
    assert node.output is output
    assert len(node.graph) == size
    assert names_of_all(node.graph) == ["x", "noise"]


def names_of_all(graph):
    return [node.name for node in graph.nodes]


def test_warnings_and_errors_of_a_hook_stay_quiet():
    def function(x):
        import warnings

        warnings.warn("once is enough", stacklevel=1)
        return np.log(x)

    with pytest.warns(UserWarning, match="once"), np.errstate(all="ignore"):
        node = Home(function)(gn.Input("x", value=-1.0))
    assert node.formula == "log(x)"


def test_formulas_of_gradients():
    y = np.sum(np.exp(x()))
    gradients = y.graph.gradient(y, wrt="x")
    made = [node for node in y.graph.nodes if node.forward_node is not None]
    assert gradients is not None
    assert made
    assert all(node.formula for node in made)


def test_many_formulas_take_no_time():
    node = gn.Input("x", value=numbers(4, 8))
    for _ in range(100):
        node = gn.Softmax()(gn.Sigmoid()(node))
    start = time.perf_counter()
    assert all(map(formula_of, node.graph.nodes[1:]))
    assert time.perf_counter() - start < 1.0


def test_a_formula_is_a_text():
    assert str(Formula("x + 1", "x + 1")) == "x + 1"


# -- in pictures -----------------------------------------------------------------------
def boxes_of(graph, **options):
    scene = compose(graph, Options(**options))
    return {box.title: box for box in scene.boxes}


def test_boxes_say_their_formulas():
    y = gn.Softmax()(gn.Input("x", value=numbers(2, 4)) * 0.5)
    boxes = boxes_of(y.graph, show=("shape", "formula"))
    assert boxes["multiply"].lines == ("x * 0.5",)
    assert boxes["softmax"].lines == (
        "→ (2, 4)",
        "t / sum(t, axis=-1)",
        "where t = exp(x - max(x, axis=-1))",
    )
    assert boxes["softmax"].tip.endswith(f"; {y.formula}")
    assert boxes["x"].lines == ("Input",)


def test_formulas_are_drawn_where_they_are_asked_for_only():
    y = gn.Softmax()(x())
    assert all("sum" not in str(box.lines) for box in boxes_of(y.graph).values())
    assert "sum" not in boxes_of(y.graph)["softmax"].tip


def test_long_formulas_are_cut():
    def function(x):
        return sum((x + number) ** 2 for number in range(20))

    node = Home(function)(x())
    lines = boxes_of(node.graph, show="formula")["home"].lines
    assert len(lines) == 2
    assert lines[-1].endswith("…")
    assert all(len(line) <= 44 for line in lines)
    letters = gn.LSTM(3)
    y = letters(x(2, 3, 4))
    drawn = compose(y.graph, Options(show="formula")).boxes
    assert all(len(box.lines) <= 4 for box in drawn)


def test_the_dot_text_has_the_formula_as_text():
    node = Home(lambda x: np.where(x < 0, x * 0.5, x))(x())
    dot = to_dot(node.graph, show="formula")
    assert "where(x &lt; 0, x * 0.5, x)" in dot


def test_a_picture_with_many_formulas_takes_no_time():
    node = gn.Input("x", value=numbers(4, 8))
    for _ in range(100):
        node = gn.Softmax()(gn.Sigmoid()(node))
    start = time.perf_counter()
    to_dot(node.graph, show=("shape", "formula"))
    assert time.perf_counter() - start < 1.5
