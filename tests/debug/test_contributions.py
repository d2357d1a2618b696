"""Why a gradient element is what it is: its direct contributions, level by level."""

import time

import numpy as np
import pytest
from cases import CASES as OPERATIONS
from hypothesis import given
from stepped_graphs import CASES, random_cases
from untouched import nothing_is_touched

import graphnn as gn
from graphnn.debug import local_derivatives
from graphnn.debug.contributions import why
from graphnn.errors import ArgumentError, GradientError, MissingNode, NotRunError
from graphnn.graph.gradients import is_differentiable

OPERATIONS = [
    case for case in OPERATIONS if is_differentiable(case.make()(*case.inputs).output)
]


class Scaled(gn.Operation):
    """A hook that can run on nodes."""

    def _output(self):
        return 3.0 * self.input_

    def _input_grad(self, output_grad):
        return 3.0 * output_grad


class Stubborn(gn.Operation):
    """A hook that cannot: it writes into an array of its own."""

    def _output(self):
        return np.cumsum(self.input_)

    def _input_grad(self, output_grad):
        found = np.zeros(self.input_.shape)
        for place in np.ndindex(*self.input_.shape):
            found[place] = float(np.sum(output_grad[place[0] :]))
        return found


def run(case):
    graph = case.graph
    with np.errstate(all="ignore"):
        graph.forward(case.feeds, target=case.target, training=case.training)
        graph.backward(case.target, case.output_grad, wrt=case.wrt or None)
    return graph


def elements_of(gradient, most=4):
    """Give some of the elements of a gradient."""
    if isinstance(gradient, tuple):
        parts = enumerate(gradient)
        return [(n, *e) for n, p in parts if p is not None for e in elements_of(p)]
    places = range(0, gradient.size, max(gradient.size // most, 1))
    return [tuple(map(int, np.unravel_index(p, gradient.shape))) for p in places]


def check(found, rounding=1e-12):
    """Check that the contributions are what the gradient is made of."""
    kinds = {one.kind for one in found}
    assert kinds in ({"consumer"}, {"seed"}, set())
    if not np.isfinite(found.gradient):
        return
    assert abs(sum(one.value for one in found) - found.gradient) <= (
        rounding * found.magnitude
    )
    if found.magnitude:
        assert sum(abs(one.share) for one in found) == pytest.approx(1)
    sizes = [abs(one.value) for one in found]
    assert sizes == sorted(sizes, reverse=True)
    for one in found:
        if one.kind == "consumer" and one.value.imag == 0:
            assert one.value == pytest.approx((one.local * one.output_grad).real)


# -- the sum ---------------------------------------------------------------------------
@pytest.mark.parametrize("name", [name for name in CASES if name != "forward_only"])
def test_contributions_sum_to_the_gradient_at_every_node(name):
    graph = run(CASES[name]())
    asked = 0
    for node in graph.nodes:
        if graph.output_grad_of(node) is not None:
            for element in elements_of(graph.output_grad_of(node)):
                found = why(node, element, graph=graph)
                check(found)
                asked += 1
                for one in found[:2]:
                    if one.kind == "consumer":
                        check(one.why())
    assert asked >= 6


@given(random_cases())
def test_contributions_sum_to_the_gradient_in_random_graphs(case):
    graph = run(case)
    for node in graph.nodes:
        gradient = graph.output_grad_of(node)
        if gradient is not None and not isinstance(gradient, tuple):
            # derivatives that are rounded, of decompositions of matrices close to
            # ones that have none
            found = why(node, graph=graph)
            if found.magnitude < 1e6:
                check(found, 1e-9)


def draw_like(value, rng):
    if isinstance(value, tuple):
        return tuple(draw_like(part, rng) for part in value)
    if not is_differentiable(value):
        return None
    drawn = rng.normal(size=value.shape)
    if value.dtype.kind == "c":
        drawn = drawn + 1j * rng.normal(size=value.shape)
    return drawn.astype(value.dtype)


@pytest.mark.parametrize("calling", [False, True], ids=["traced", "called"])
@pytest.mark.parametrize("case", OPERATIONS, ids=str)
def test_every_operation(case, calling, monkeypatch):
    """Both ways of finding the local derivatives, of real and of complex numbers."""
    if calling:

        def fail(*arguments):
            raise GradientError("not traced")

        monkeypatch.setattr(local_derivatives, "TracedHook", fail)
    node = case.make()(*case.inputs)
    leaves = {n.id: n for n in node.inputs if n.kind in ("input", "parameter")}
    leaves = [n for n in leaves.values() if is_differentiable(n.output)]
    rng = np.random.default_rng(5)
    node.graph.backward(node, draw_like(node.output, rng), wrt=leaves)
    for leaf in leaves:
        if leaf.grad is not None:
            for element in elements_of(leaf.grad, most=2):
                single = leaf.dtype.itemsize < 8
                check(why(leaf, element), 1e-5 if single else 1e-11)


@pytest.mark.parametrize("calling", [False, True], ids=["traced", "called"])
@pytest.mark.parametrize(
    "function",
    [
        np.exp,
        np.square,
        np.conjugate,
        np.real,
        np.abs,
        lambda z: z @ np.array([[1.0 + 2.0j, -1.0], [0.5j, 3.0]]),
        lambda z: z * np.conjugate(z) + np.imag(z),
    ],
)
def test_complex_elements(function, calling, monkeypatch):
    if calling:
        monkeypatch.setattr(local_derivatives, "TracedHook", None)
    z = gn.Input("z", value=np.array([[1.0 + 2.0j, -0.5 + 1.0j]]))
    y = function(z)
    rng = np.random.default_rng(6)
    y.graph.backward(y, draw_like(y.output, rng), wrt=z)
    for element in (0, 1):
        found = why(z, element)
        check(found)
        assert found.gradient.imag != 0 or function is np.real


def test_derivatives_of_complex_numbers():
    z = gn.Input("z", value=np.array([1.0 + 2.0j]))
    y = np.square(z)
    y.graph.backward(y, [3.0 + 1.0j], wrt=z)
    (one,) = why(z)
    assert (one.local, one.output_grad) == (2.0 + 4.0j, 3.0 + 1.0j)
    assert one.value == one.local * one.output_grad == 2.0 + 14.0j
    assert one.share == pytest.approx(1)


# -- what they are ---------------------------------------------------------------------
def test_fan_out_has_a_contribution_for_each_argument():
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.sum(x * x + x)
    loss.graph.backward(loss, wrt=x)
    found = why(x, 1)
    assert found.gradient == 5.0
    assert [(c.consumer.name, c.position, c.element, c.value) for c in found] == [
        ("multiply", 0, (1,), 2.0),
        ("multiply", 1, (1,), 2.0),
        ("add", 1, (1,), 1.0),
    ]
    assert [(c.local, c.output_grad) for c in found] == [(2.0, 1.0)] * 2 + [(1.0, 1.0)]
    assert [c.share for c in found] == [0.4, 0.4, 0.2]


def test_contributions_may_cancel():
    x = gn.Input("x", value=[3.0])
    loss = np.sum(x * 5.0 - x * 4.0)
    loss.graph.backward(loss, wrt=x)
    found = why(x)
    assert (found.gradient, found.magnitude) == (1.0, 9.0)
    assert [c.share for c in found] == [5 / 9, -4 / 9]
    assert "They cancel: their absolute values add up to 9" in str(found)


def test_broadcast_elements_have_a_contribution_for_each_use():
    bias = gn.Parameter([[1.0, 2.0]], name="bias")
    loss = np.sum(gn.BiasAdd(bias)(gn.Input("x", value=np.ones((3, 2)))) ** 2)
    loss.backward()
    found = why(bias, (0, 1))
    assert {c.element for c in found} == {(0, 1), (1, 1), (2, 1)}
    check(found)


def test_several_outputs_name_the_part():
    x = gn.Input("x", value=np.arange(6.0))
    first, second = np.split(x, 2)
    loss = np.sum(first * 2.0) + np.sum(second * 3.0)
    loss.graph.backward(loss, wrt=x)
    (one,) = why(x, 4)
    assert (one.consumer, one.element, one.value) == (first.inputs[0], (1, 1), 3.0)
    (through_item,) = one.why()
    assert (through_item.consumer, through_item.element) == (second, (1,))
    (multiply,) = through_item.why()
    assert (multiply.local, multiply.output_grad) == (3.0, 1.0)
    assert why(first.inputs[0], (-1, -1)).element == (1, 2)


def test_a_part_that_nothing_used_has_no_contributions():
    x = gn.Input("x", value=np.arange(4.0))
    first, _ = np.split(x, 2)
    loss = np.sum(first)
    loss.graph.backward(loss, wrt=x)
    found = why(first.inputs[0], (1, 0))
    assert (found.gradient, len(found)) == (0.0, 0)
    assert str(found) == "split.grad[1, 0] = 0: 0 contributions"


def test_the_target_begins_with_the_seed():
    x = gn.Input("x", value=[1.0, 2.0])
    y = np.exp(x)
    y.graph.backward(y, [0.5, -1.5], wrt=x)
    (seed,) = why(y)
    assert (seed.kind, seed.value, seed.share, seed.name) == (
        "seed",
        -1.5,
        -1.0,
        "seed",
    )
    with pytest.raises(ArgumentError, match="what the pass started with"):
        seed.why()


def test_gradients_that_are_added_to_are_a_contribution():
    w = gn.Parameter([2.0], name="w")
    loss = np.sum(w * 3.0)
    loss.backward()
    loss.graph.backward(loss, accumulate=True)
    found = why(w)
    assert [(c.kind, c.value) for c in found] == [("consumer", 3.0), ("rest", 3.0)]
    with pytest.raises(ArgumentError, match=r"earlier passes, or set by hand"):
        found[1].why()


def test_values_that_have_changed_since_are_admitted():
    w = gn.Parameter([2.0], name="w")
    loss = np.sum(w**2)
    loss.backward()
    w.value -= 0.5  # an optimizer's step
    found = why(w)
    assert [(c.kind, c.value) for c in found] == [("consumer", 3.0), ("changed", 1.0)]
    assert "not what the hook gives now" in str(found)


def test_nothing_is_explained_away_where_a_hook_is_not_linear():
    class Squared(gn.Operation):
        def _output(self):
            return 2.0 * self.input_

        def _input_grad(self, output_grad):
            return 2.0 * output_grad**2

    x = gn.Input("x", value=[1.0])
    y = Squared()(x)
    y.graph.backward(y, [3.0], wrt=x)
    assert "changed" in {one.kind for one in why(x)}


def test_the_default_is_the_largest_element():
    x = gn.Input("x", value=[[1.0, -4.0], [2.0, 3.0]])
    loss = np.sum(x**2)
    loss.graph.backward(loss, wrt=x)
    assert why(x).element == (0, 1)
    assert why(x, -1).element == (1, 1)
    assert why(x, (-1, 0)).element == (1, 0)
    assert why(x, np.int64(2)).element == (1, 0)


def test_in_the_middle_of_a_pass_it_is_the_sum_so_far():
    w = gn.Parameter(np.array([2.0]), name="w")
    loss = np.sum(w * 3.0 + w * 5.0)
    stepper = gn.Stepper(loss.graph)
    stepper.seek(7)
    assert [c.value for c in why(w, graph=stepper.graph)] == [5.0]
    stepper.step()
    assert [c.value for c in why(w, graph=stepper.graph)] == [5.0, 3.0]
    stepper.back()
    assert [c.value for c in why(w, graph=stepper.graph)] == [5.0]


def test_they_stay_when_the_stepper_goes_back():
    w = gn.Parameter(np.array([2.0]), name="w")
    stepper = gn.Stepper(np.sum(w * 3.0).graph)
    stepper.seek(len(stepper))
    found = why(w, graph=stepper.graph)
    stepper.seek(0)
    assert (found[0].output_grad, found[0].value) == (1.0, 3.0)
    with pytest.raises(NotRunError):
        found[0].why()


def test_a_parameter_of_several_graphs_is_explained_by_the_last_pass():
    w = gn.Parameter([2.0], name="w")
    one, other = np.sum(w * 3.0), np.sum(np.exp(w))
    one.backward()
    other.backward()
    assert why(w)[0].consumer.name == "exp"
    one.backward()
    assert why(w)[0].consumer.name == "multiply"
    assert why(w, graph=other.graph)[0].consumer.name == "exp"


# -- hooks that cannot run on nodes ----------------------------------------------------
def test_a_hook_that_cannot_be_traced_is_called():
    x = gn.Input("x", value=np.arange(5.0))
    y = Stubborn()(x)
    y.graph.backward(y, [1.0, 2.0, 0.0, -4.0, 5.0], wrt=x)
    found = why(x, 3)
    assert [(c.element, c.local, c.value) for c in found] == [
        ((4,), 1.0, 5.0),
        ((3,), 1.0, -4.0),
    ]
    assert [c.value for c in why(x, 1)] == [5.0, -4.0, 2.0, 0.0]


def test_a_hook_is_not_called_for_ever(monkeypatch):
    monkeypatch.setattr(local_derivatives, "MOST_CALLS", 8)
    x = gn.Input("x", value=np.arange(64.0))
    y = Stubborn()(x)
    y.graph.backward(y, np.arange(64.0), wrt=x)
    found = why(x, 0)
    assert 1 < len(found) < 12
    check_sum = sum(one.value for one in found)
    assert check_sum == found.gradient
    assert "several" in str(found)
    with pytest.raises(ArgumentError, match="several elements of stubborn"):
        found[0].why()


def test_a_hook_cannot_spoil_what_the_pass_has_left():
    class InPlace(gn.Operation):
        def _output(self):
            self.scale = np.full(self.input_.shape, 2.0)
            return self.scale * self.input_

        def _input_grad(self, output_grad):
            if float(output_grad[0]) > 100:  # so that it cannot be traced
                return output_grad
            self.scale *= output_grad
            return self.scale

    x = gn.Input("x", value=[1.0, 1.0])
    node = InPlace()(x)
    node.graph.backward(node, [1.0, 1.0], wrt=x)
    kept = node.scale.copy()
    why(x, 0)
    assert np.array_equal(node.scale, kept)


# -- what is not finite ----------------------------------------------------------------
@pytest.fixture
def root():
    """pytorch#160016: the square root at 0, weighted with 0."""
    v = gn.Parameter([0.0, 1.0, 0.0], name="v")
    with np.errstate(all="ignore"):
        loss = np.sum(np.sqrt(v) * np.array([0.0, 1.0, 1.0]))
        loss.backward()
    return v


def test_an_infinity_stays_with_the_element_that_has_it(root):
    assert [(c.element, c.local, c.value) for c in why(root, 1)] == [((1,), 0.5, 0.5)]
    assert [(c.element, c.local, c.value) for c in why(root, 2)] == [
        ((2,), np.inf, np.inf)
    ]


def test_a_nan_is_explained_by_the_element_that_made_it(root):
    found = why(root)
    assert found.element == (0,)
    (one,) = found
    assert (one.element, one.local, one.output_grad) == ((0,), np.inf, 0.0)
    assert np.isnan(one.value)
    assert "nan" in str(found)


def test_a_nan_that_flowed_in_meets_a_zero():
    w = gn.Parameter([[2.0, 3.0]], name="w")
    x = gn.Input("x", value=[[0.0], [1.0]])
    y = x @ w
    y.graph.backward(y, [[np.nan, 1.0], [5.0, 1.0]], wrt=x)
    found = why(w, (0, 0))
    assert np.isnan(found.gradient)
    first, second = found
    assert (first.element, first.local) == ((0, 0), 0.0)  # 0 times NaN
    assert (second.element, second.value) == ((1, 0), 5.0)
    assert [c.value for c in why(w, (0, 1))] == [1.0]


def test_an_infinite_factor_spoils_no_other_term():
    w = gn.Parameter([[1.0], [2.0]], name="w")
    x = gn.Input("x", value=[[1.0, np.inf], [3.0, 4.0]])
    with np.errstate(all="ignore"):
        y = x @ w
        y.graph.backward(y, [[1.0], [1.0]])
        found = why(w, (0, 0))
    assert [(c.element, c.value) for c in found] == [((1, 0), 3.0), ((0, 0), 1.0)]


def test_looking_for_what_is_reached_changes_nothing_for_the_next_argument():
    class ExpOfSum(gn.Operation):
        arity = 2

        def _output(self):
            return np.exp(self.input_values[0] + self.input_values[1])

        def _input_grads(self, output_grad):
            shared = output_grad * self.output
            return shared, shared

    w = gn.Parameter([800.0, 0.0], name="w")
    with np.errstate(all="ignore"):
        loss = np.sum(ExpOfSum()(w, w))
        loss.backward()
    found = why(w, 1)
    assert [(c.position, c.element, c.value) for c in found] == [
        (0, (1,), 1.0),
        (1, (1,), 1.0),
    ]


# -- quick -----------------------------------------------------------------------------
def diamonds(x, count):
    for _ in range(count):
        x = np.tanh(x) + x * 0.5
    return np.sum(x)


def test_paths_are_not_listed():
    x = gn.Parameter([0.3], name="x")
    loss = diamonds(x, 60)
    loss.backward()
    began = time.perf_counter()
    found, levels = why(x), 0
    while found[0].consumer is not None:
        check(found)
        found, levels = found[0].why(), levels + 1
    assert levels == 121  # two for each diamond, and the sum
    assert time.perf_counter() - began < 2


def test_a_weight_has_a_contribution_for_each_row():
    rng = np.random.default_rng(0)
    x = gn.Input("x", value=rng.normal(size=(64, 512)))
    w = gn.Parameter(rng.normal(size=(512, 512)), name="w")
    loss = np.mean(gn.Sigmoid()(gn.WeightMultiply(w)(x)) ** 2)
    loss.backward()
    began = time.perf_counter()
    found = why(w, (3, 4))
    assert time.perf_counter() - began < 0.5
    assert sorted(c.element for c in found) == [(row, 4) for row in range(64)]
    check(found)
    assert "... and 54 more, together " in str(found)


def test_many_contributions_are_made_when_they_are_looked_at():
    s = gn.Parameter(2.0, name="s")
    loss = np.sum(s * np.arange(200_000.0))
    loss.backward()
    began = time.perf_counter()
    found = why(s)
    assert len(found) == 199_999  # not the one whose derivative is 0
    assert found[0].element == (199_999,)
    assert len(str(found).splitlines()) == 13
    assert time.perf_counter() - began < 1


# -- nothing is touched ----------------------------------------------------------------
def test_the_graph_and_those_who_watch_notice_nothing():
    graph = run(CASES["network"]())
    with nothing_is_touched(graph):
        for parameter in graph.parameters:
            if parameter.grad is not None:
                found = why(parameter)
                str(found)
                found[0].why()


def test_it_answers_in_a_pause():
    x = gn.Parameter([1.0], name="x")
    loss = np.sum(Scaled()(x))
    loss.backward()
    with gn.paused():
        assert [c.value for c in why(x)] == [3.0]


# -- text ------------------------------------------------------------------------------
def test_the_table():
    x = gn.Input("x", value=[[1.0, 2.0]])
    w = gn.Parameter([[0.5], [-1.0]], name="w")
    loss = np.sum(gn.WeightMultiply(w)(x) * 3.0) - np.sum(x * 0.25)
    loss.graph.backward(loss, wrt=x)
    assert str(why(x, (0, 1))).splitlines() == [
        "x.grad[0, 1] = -3.25: 2 contributions",
        "   consumer         argument  element  local  output_grad  value    share",
        "1  weight_multiply  input 0   [0, 0]      -1            3     -3  -92.3 %  "
        "█████████",
        "2  multiply_2       input 0   [0, 1]    0.25           -1  -0.25   -7.7 %  █",
    ]
    assert "param" in str(why(w))
    assert str(why(loss)).splitlines()[-1] == (
        "1  what the pass started with                           1  +100.0 %  "
        "██████████"
    )
    assert repr(why(x, (0, 1))) == "<Contributions to x.grad[0, 1] = -3.25: 2>"
    assert repr(why(x, (0, 1))[0]) == "<Contribution weight_multiply[0, 0]: -3>"
    assert len(why(x).table(top=1).splitlines()) == 4


def test_a_slice_and_an_iteration_keep_the_order():
    x = gn.Input("x", value=[1.0, 2.0])
    loss = np.sum(x * 2.0) + np.sum(x * 3.0)
    loss.graph.backward(loss, wrt=x)
    found = why(x, 0)
    assert [c.value for c in found[::-1]] == [2.0, 3.0]
    assert [c.value for c in found] == found.values.tolist() == [3.0, 2.0]
    assert found[-1].value == 2.0
    with pytest.raises(IndexError):
        found[2]


# -- errors ----------------------------------------------------------------------------
@pytest.fixture
def parabola():
    x, w = gn.Input("x", value=[[1.0, 2.0]]), gn.Parameter([[3.0, 4.0]], name="w")
    return x, w, np.sum((x * w) ** 2)


def test_before_a_pass_there_is_nothing_to_explain(parabola):
    with pytest.raises(NotRunError, match=r"w \(Parameter.*has no gradient yet"):
        why(parabola[1])


def test_a_node_without_gradient_says_why(parabola):
    x, w, loss = parabola
    loss.backward()
    with pytest.raises(
        GradientError, match=r"(?s)no gradient has reached x .*wrt=node"
    ):
        why(x)
    w.trainable = False
    loss.graph.backward(loss, wrt=x)
    with pytest.raises(GradientError, match="It is frozen"):
        why(w)


def test_integers_and_constants_have_no_gradient(parabola):
    _, _, loss = parabola
    places = np.argmax(parabola[0])
    loss.backward()
    with pytest.raises(GradientError, match="no gradient for int64 values"):
        why(places)
    constant = next(n for n in loss.graph.nodes if n.kind == "constant")
    with pytest.raises(GradientError, match="is a constant: no gradient reaches it"):
        why(constant)


@pytest.mark.parametrize(
    "element", [2, -3, (0, 2), (1, 0), (0,), (0, 0, 0), 0.5, (0, slice(2)), "0", True]
)
def test_an_element_that_is_not_there_is_told_the_shape(parabola, element):
    loss = parabola[2]
    loss.backward()
    with pytest.raises(
        ArgumentError, match=r"has no element .*: it has shape \(1, 2\)"
    ):
        why(parabola[1], element)


def test_an_output_that_is_not_there():
    x = gn.Input("x", value=np.arange(4.0))
    first, _ = np.split(x, 2)
    loss = np.sum(first)
    loss.graph.backward(loss, wrt=x)
    for element in (2, (-3, 0), "a", (), (0, 5)):
        with pytest.raises(ArgumentError, match="has no element"):
            why(first.inputs[0], element)


def test_what_is_no_node_of_the_graph(parabola):
    _, w, loss = parabola
    loss.backward()
    with pytest.raises(ArgumentError, match="a node of a graph has contributions"):
        why("w")
    with pytest.raises(ArgumentError, match="a node of a graph has contributions"):
        why(gn.Sigmoid())
    with pytest.raises(MissingNode, match="is not in"):
        why(w, graph=gn.Graph())
