"""Each kind of guard: what it finds, in values and gradients, and who is to blame."""

import numpy as np
import pytest

import graphnn as gn
from graphnn.guards.kinds import KINDS, as_guard, as_guards


class Made(gn.Operation):
    """Makes what it is told to, whatever it is given."""

    def __init__(self, value=None, gradient=None):
        self.value, self.gradient = value, gradient

    def _output(self):
        return self.input_ * 1 if self.value is None else self.value

    def _input_grad(self, output_grad):
        return output_grad * 1 if self.gradient is None else self.gradient


def forward_step(operation, *values):
    """Run an operation alone; give the step."""
    steps = []
    node = operation(*[gn.Input(value=value) for value in values])
    handle = node.graph.on_forward(steps.append)
    node.graph.forward()
    handle.remove()
    return steps[-1]


def backward_step(value, gradient, output_grad):
    x = gn.Input("x", value=value)
    made = Made(gradient=gradient)(x)
    (step,) = made.graph.backward_steps(made, output_grad, wrt=x)
    return step


FINE, BAD = [1.0, 2.0], [1.0, np.nan]


# -- NaN and infinities ----------------------------------------------------------------
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.complex128])
def test_what_is_not_finite(bad, dtype):
    value = np.ones((2, 3), dtype)
    value[1, 2] = bad
    step = forward_step(Made(value), FINE)
    for kind, is_meant in [("nan", np.isnan(bad)), ("inf", np.isinf(bad))]:
        found = (
            gn.NaNGuard().check(step) if kind == "nan" else gn.InfGuard().check(step)
        )
        assert (found is not None) == is_meant
        if found:
            assert (found.kind, found.node, found.step) == (kind, step.node, step)
            assert (found.phase, found.what, found.culprit) == (
                "forward",
                "output",
                True,
            )
            assert (found.count, found.index, found.norm) == (1, (1, 2), None)


def test_the_signs_of_infinities_are_told():
    step = forward_step(Made(np.array([np.inf, -np.inf, np.inf, np.nan])), FINE)
    found = gn.InfGuard().check(step)
    assert found.problem.text == (
        "holds 2 +inf and 1 -inf of 4 numbers, the first at index (0,)"
    )
    assert found.count == 3
    found = gn.InfGuard().check(forward_step(Made(np.array(1j * np.inf)), FINE))
    assert found.problem.text == "holds 1 infinite of 1 number"


@pytest.mark.parametrize("kind", KINDS)
def test_whole_numbers_truths_and_no_gradients_are_fine(kind):
    guard = as_guard(kind)
    for value in (np.zeros((3, 2), int), np.zeros((3, 2), bool), np.array(10**9)):
        assert guard.check(forward_step(Made(value), FINE)) is None
    a, b = gn.Input("a", value=FINE), gn.Input("b", value=[1, 2])
    taken = np.where(b > 1, a, a * 2.0)  # None for the condition
    steps = list(taken.graph.backward_steps(taken, [1.0, 1.0], wrt=a))
    assert steps[0].input_grads[0] is None
    assert [guard.check(step) for step in steps] == [None, None]


@pytest.mark.parametrize("numbers", [3.0, float("inf"), float("nan"), True, 2])
def test_numbers_of_python_among_the_inputs(numbers):
    with np.errstate(all="ignore"):
        node = gn.Input("x", value=[0.0, 1.0]) * numbers
        found = gn.NaNGuard().check(node_step(node))
    assert (found is None) == bool(np.isfinite(numbers))
    if found:
        assert found.culprit == (numbers == float("inf"))  # 0 * inf


def node_step(node):
    (step,) = node.graph.forward_steps(target=node)
    return step


def test_an_operation_with_several_outputs():
    class Parts(gn.Operation):
        def _output(self):
            return self.input_ * 1.0, np.log(self.input_)

        def _input_grads(self, output_grad):
            return (output_grad[0] + output_grad[1] / self.input_,)

    x = gn.Input("x", value=[1.0, 2.0])
    node = Parts()(x)
    one, other = node
    y = np.sum(one + other)
    with np.errstate(all="ignore"):
        first, *items = y.graph.forward_steps(x=[1.0, -1.0])
    found = gn.NaNGuard().check(first)
    assert (found.node, found.what, found.index) == (node, "output[1]", (1,))
    assert found.culprit
    assert "output[1] holds 1 NaN" in found.headline
    item_of = {step.node.index: step for step in items[:2]}
    assert gn.NaNGuard().check(item_of[0]) is None
    assert not gn.NaNGuard().is_bad_given(item_of[0])
    assert not gn.NaNGuard().check(item_of[1]).culprit
    y.graph.forward(x=[1.0, 2.0])
    for step in y.graph.backward_steps(y, wrt=x):  # parts that are None and tuples
        assert gn.NaNGuard().check(step) is None


def test_a_gradient_is_born_where_all_that_came_in_is_fine():
    found = gn.NaNGuard().check(backward_step(FINE, np.array(BAD), [1.0, 1.0]))
    assert (found.phase, found.what, found.culprit) == (
        "backward",
        "the gradient of x",
        True,
    )
    for value, output_grad in [(FINE, [np.nan, 1.0]), (BAD, [1.0, 1.0])]:
        step = backward_step(value, np.array(BAD), output_grad)
        assert not gn.NaNGuard().check(step).culprit
    assert gn.NaNGuard().check(backward_step(BAD, np.array(FINE), [1.0, 1.0])) is None
    x = gn.Input("x", value=BAD)
    healed = Made(value=np.ones(2), gradient=np.array(BAD))(x)
    (step,) = healed.graph.backward_steps(healed, [1.0, 1.0], wrt=x)
    assert not gn.NaNGuard().check(step).culprit  # its input was bad


def test_gradients_that_become_bad_in_their_sum():
    x = gn.Input("x", value=1.0)
    one = Made(gradient=np.array(np.inf))(x)
    other = Made(gradient=np.array(-np.inf))(x)
    y = one + other
    with np.errstate(all="ignore"):
        steps = list(y.graph.backward_steps(y, wrt=x))
    checked = [gn.NaNGuard().check(step) for step in steps]
    assert checked[:2] == [None, None]
    found = checked[2]
    assert (found.node, found.what, found.culprit) == (
        x,
        "the sum of its gradients",
        True,
    )
    assert found.reason == "gradients of inf and -inf were added"
    assert "each of those that were added is fine" in found.headline
    # the infinities themselves are bad before they meet
    assert [gn.InfGuard().check(step) is None for step in steps] == [True, False, False]


def test_a_sum_that_was_bad_before_is_not_made_again():
    x = gn.Input("x", value=1.0)
    y = Made()(x) + Made(gradient=np.array(np.nan))(x)  # the latter is first
    steps = list(y.graph.backward_steps(y, wrt=x))
    found = [gn.NaNGuard().check(step) for step in steps]
    assert [one and one.what for one in found] == [None, "the gradient of x", None]


def test_the_sum_of_the_second_input():
    x, other = gn.Input("x", value=1.0), gn.Input("other", value=1.0)
    y = (other * x) + Made(gradient=np.array(1.7e308))(x)
    y = y + Made(gradient=np.array(1.7e308))(x)
    with np.errstate(over="ignore"):
        *_, last = y.graph.backward_steps(y, wrt=[x, other])
    assert last.node.inputs[1] is x
    big = type(last)(
        *(0, "backward", last.node, last.inputs, last.output, last.output_grad),
        *(last.input_grads, (last.input_grads[0], np.array(np.inf))),
    )
    found = gn.InfGuard().check(big)
    assert found.node is x
    assert found.reason.startswith("gradients of up to 1.7e+308 in size were added")


# -- norms -----------------------------------------------------------------------------
def test_exploding():
    guard = gn.ExplodingGuard(limit=10.0)
    assert guard.check(forward_step(Made(np.array([6.0, 8.0])), FINE)) is None
    found = guard.check(forward_step(Made(np.array([6.0, -8.1])), FINE))
    assert found.norm == pytest.approx(np.hypot(6, 8.1))
    assert (found.index, found.culprit) == ((1,), True)
    assert "above the limit of 10" in found.headline
    assert not guard.check(forward_step(Made(np.array([6.0, 9.0])), [20.0])).culprit
    huge = np.array([3e200, 4e200])  # whose squares are infinite
    assert guard.check(forward_step(Made(huge), FINE)).norm == pytest.approx(5e200)
    assert guard.check(forward_step(Made(np.array([np.inf])), FINE)).norm == np.inf
    assert guard.check(forward_step(Made(np.array(BAD)), FINE)) is None  # for NaNGuard
    assert guard.check(backward_step(FINE, np.array([8.0, 8.0]), FINE)).culprit


def test_vanishing():
    guard = gn.VanishingGuard(limit=1e-3)
    tiny = np.array([1e-4, -1e-4])
    assert guard.check(forward_step(Made(tiny), FINE)) is None  # gradients only
    found = guard.check(backward_step(FINE, tiny, [1.0, 1.0]))
    assert found.norm == pytest.approx(np.hypot(1e-4, 1e-4))
    assert found.culprit
    assert not guard.check(backward_step(FINE, tiny, [1e-4, 1e-4])).culprit
    assert guard.check(backward_step(FINE, np.array([0.0, 2e-3]), [1.0, 1.0])) is None
    smallest = np.array([5e-324, 0.0])  # whose square is 0
    assert guard.check(backward_step(FINE, smallest, [1.0, 1.0])).norm == 5e-324


def test_a_gradient_that_is_switched_off_has_not_vanished():
    off = backward_step(FINE, np.zeros(2), [1.0, 1.0])
    assert gn.VanishingGuard(1e-3).check(off) is None
    assert gn.VanishingGuard(1e-3, zeros=True).check(off).culprit
    empty = backward_step(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros((0, 2)))
    assert gn.VanishingGuard(1e-3, zeros=True).check(empty) is None


# -- dead units ------------------------------------------------------------------------
def test_dead_units():
    x = [[1.0, -1.0, -2.0, 3.0], [-1.0, -3.0, -1.0, 2.0]]
    found = gn.DeadGuard().check(forward_step(gn.ReLU(), x))
    assert (found.count, found.index, found.culprit) == (2, (1,), True)
    assert "has 2 dead units of 4, 0 in all 2 rows: units 1, 2" in found.headline
    assert gn.DeadGuard(share=0.5).check(forward_step(gn.ReLU(), x))
    assert gn.DeadGuard(share=0.51).check(forward_step(gn.ReLU(), x)) is None
    assert gn.DeadGuard().check(forward_step(gn.ReLU(), x[:1])) is None  # one row
    assert gn.DeadGuard().check(forward_step(gn.ReLU(), x[0])) is None
    gone = backward_step(np.ones((2, 2)), np.zeros((2, 2)), np.ones((2, 2)))
    assert gn.DeadGuard().check(gone) is None  # of values only


def test_dead_units_of_images():
    images = np.ones((2, 3, 3, 4))
    images[..., 2] = 0.0
    step = forward_step(Made(images), FINE)
    assert gn.DeadGuard().check(step).index == (2,)
    assert gn.DeadGuard(axis=1).check(step) is None
    moved = forward_step(Made(np.moveaxis(images, -1, 1)), FINE)
    assert gn.DeadGuard(axis=1).check(moved).index == (2,)
    assert gn.DeadGuard(axis=1).check(forward_step(Made(np.zeros(3)), FINE)) is None


def test_units_that_were_dead_before_are_no_ones_fault():
    found = gn.DeadGuard().check(forward_step(Made(), [[0.0, 1.0], [0.0, 2.0]]))
    assert not found.culprit


# -- dtypes ----------------------------------------------------------------------------
def single(*shape):
    return np.ones(shape, np.float32)


def test_a_silent_float64():
    x = gn.Input("x", value=single(2))
    for other in (np.float64(2.0), np.ones(2), np.arange(2)):
        found = gn.DtypeGuard().check(node_step(x * other))
        assert found.culprit
        assert "is float64, made of x (float32)" in found.headline
        assert "fine" not in found.headline
    for other in (2.0, 2, True, single(2)):
        assert gn.DtypeGuard().check(node_step(x * other)) is None


def test_dtypes_that_change_as_they_should():
    x = gn.Input("x", value=single(4))
    for node in (x.astype(np.float64), x > 0, np.argmax(x), np.fft.fft(x), np.sum(x)):
        assert gn.DtypeGuard().check(node_step(node)) is None

    class Counted(gn.Operation):
        def __init__(self, states):
            self.states = states

        def _output(self):
            return self.input_ * np.float32(2.0)

    counted = Counted((gn.State(0.5),))(x)  # a float64 that is none of its inputs
    assert gn.DtypeGuard().check(node_step(counted)) is None
    net = gn.NeuralNetwork(
        [gn.Dense(3), gn.BatchNorm(), gn.Dropout(0.5)], gn.SoftmaxCrossEntropy(), seed=0
    )
    with gn.guard("dtype"):
        net.train_batch(single(4, 2), np.array([0, 1, 2, 0]))


def test_the_dtype_that_is_wanted():
    x = gn.Input("x", value=single(2))
    guard = gn.DtypeGuard("float32")
    wide = x.astype(np.float64)
    assert guard.check(node_step(wide)).culprit
    both = list(np.exp(wide).graph.forward_steps())
    assert [guard.check(step).culprit for step in both] == [True, False]
    assert guard.check(node_step(np.fft.fft(x))) is None
    assert gn.DtypeGuard(np.complex64).dtype == np.float32


def test_gradients_have_the_dtype_of_their_values():
    x = gn.Input("x", value=single(2))
    y = Made(gradient=np.ones(2))(x)  # the engine casts it
    (step,) = y.graph.backward_steps(y, single(2), wrt=x)
    assert gn.DtypeGuard().check(step) is None
    wrong = type(step)(*[getattr(step, n) for n in step.__slots__[:6]], (np.ones(2),))
    found = gn.DtypeGuard().check(wrong)
    assert "the gradient of x is float64, which its value is not" in found.headline


# -- names and settings ----------------------------------------------------------------
def test_guards_by_name():
    assert [type(as_guard(kind)) for kind in KINDS] == list(KINDS.values())
    assert list(KINDS) == ["nan", "inf", "exploding", "vanishing", "dead", "dtype"]
    assert as_guard("NaN").kind == "nan"
    guard = gn.NaNGuard()
    assert as_guard(guard) is guard
    assert repr(as_guards("exploding", {"limit": 9.0, "inf": True})) == (
        "[ExplodingGuard(limit=9.0), InfGuard()]"
    )
    assert repr(as_guards([gn.DtypeGuard], {"dtype": "float32"})) == (
        "[DtypeGuard(dtype=dtype('float32'))]"
    )
    assert repr(as_guards("nan", {"dtype": "float32", "inf": True})) == (
        "[NaNGuard(), DtypeGuard(dtype=dtype('float32')), InfGuard()]"
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: as_guard("exploded"), "no guard 'exploded'\nDid you mean 'exploding'"),
        (lambda: as_guard("?"), r"no guard '\?'\nKnown: dead, dtype, exploding, inf"),
        (lambda: as_guard(3), "a guard is a name or a gn.Guard, not 3\nThe names: nan"),
        (lambda: as_guard(int), "a guard is a name or a gn.Guard"),
        (
            lambda: as_guard("dead", shares=1),
            "no setting 'shares'\nDid you mean 'share'",
        ),
        (lambda: as_guard(gn.NaNGuard(), limit=1), "has its settings already"),
        (lambda: as_guards([], {"explodes": 3}), "Did you mean 'exploding'"),
        (lambda: as_guards([], {"nan": 3.0}), "NaNGuard has no settings: nan=3.0"),
        (lambda: as_guards([], {"dead": {"sare": 1}}), "Did you mean 'share'"),
        (
            lambda: as_guard(["nan", "inf"]),
            r"a guard is a name .*\n.*gn\.ExplodingGuard\(1e3\)\. Several: gn\.guard\(",
        ),
        (
            lambda: as_guards(["nan", "exploding"], {"limit": 1e3}),
            r"of which guard is limit=1000\.0 .*\ngn\.guard\(exploding=\{'limit': 100",
        ),
        (lambda: as_guards([gn.ExplodingGuard()], {"limit": 1}), "settings already"),
        (lambda: gn.DeadGuard(share=1.5), "share of DeadGuard is from 0 to 1, not 1.5"),
        (lambda: gn.DeadGuard(axis=0), "axis of DeadGuard is a whole number, not 0"),
        (lambda: gn.DtypeGuard("float3"), "'float3', which is none\nDid you mean 'flo"),
        (lambda: gn.DtypeGuard("int32"), "is int32, which is not floating-point"),
        (lambda: gn.ExplodingGuard(limit=0), "limit of ExplodingGuard is above 0"),
        (
            lambda: gn.VanishingGuard(zeros=1),
            "zeros of VanishingGuard is True or False",
        ),
    ],
)
def test_guards_that_are_none(make, message):
    with pytest.raises(gn.ArgumentError, match=message):
        make()


def test_a_guard_of_ones_own():
    class Large(gn.Guard):
        kind = "large"

        def is_bad(self, array, is_gradient):
            return bool((abs(array) > 10).any())

        def problem(self, array, step):
            return f"goes up to {abs(array).max():g}"

    found = Large().check(forward_step(Made(np.array([5.0, -11.0])), FINE))
    assert found.headline.endswith("its output goes up to 11; its inputs are fine")
    assert repr(found) == "<Finding large forward: culprit 'made'>"


def test_a_guard_of_ones_own_that_lacks_a_method_says_which():
    class Negative(gn.Guard):
        kind = "negative"

    x = gn.Input("x", value=[1.0, -1.0])
    with pytest.raises(NotImplementedError, match="Negative does not define is_bad"):
        gn.origin((x * 2.0).graph, Negative())

    class Wordless(Negative):
        def is_bad(self, array, is_gradient):
            return bool((array < 0).any())

    with pytest.raises(NotImplementedError, match="Wordless does not define problem"):
        gn.origin((x * 2.0).graph, Wordless())
