"""What operations carry from one training pass to the next."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn


class Average(gn.Operation):
    """Subtracts a running mean; in training it learns it from the batch."""

    def __init__(self, mean, rate=0.5):
        self.states = (mean,)
        self.rate = rate

    def _output(self):
        x, mean = self.input_values
        self.batch = np.mean(x, axis=0)
        return x - (self.batch if self.training else mean)

    def _input_grads(self, output_grad):
        if self.training:
            return output_grad - np.mean(output_grad, axis=0), None
        return output_grad, None

    def _next_states(self, mean):
        return (mean * (1 - self.rate) + self.batch * self.rate,)


class ScaledCount(gn.ParamOperation):
    def __init__(self, param, passes):
        super().__init__(param)
        self.states = (passes,)

    def _output(self):
        return self.input_ * self.param

    def _input_grad(self, output_grad):
        return output_grad * self.param

    def _param_grad(self, output_grad):
        return np.sum(output_grad * self.input_, axis=0)

    def _next_states(self, passes):
        return (passes + 1,)


def batch(seed=0):
    return np.random.default_rng(seed).normal(size=(4, 3))


def averaging():
    mean = gn.State(np.zeros(3), name="mean")
    x = gn.Input("x", value=batch())
    return mean, x, Average(mean)(x)


def test_building_moves_no_state():
    mean, _, y = averaging()
    np.testing.assert_array_equal(mean.value, np.zeros(3))
    np.testing.assert_array_equal(y.output, batch())


def test_training_passes_move_it_and_others_do_not():
    mean, x, y = averaging()
    y.graph.forward()
    np.testing.assert_array_equal(mean.value, np.zeros(3))
    y.graph.forward(training=True)
    first = batch().mean(axis=0) * 0.5
    np.testing.assert_array_equal(mean.value, first)
    y.graph.forward({x: batch(1)}, training=True)
    np.testing.assert_array_equal(mean.value, first * 0.5 + batch(1).mean(axis=0) * 0.5)
    before = mean.value
    output = y.graph.forward({x: batch(2)})
    np.testing.assert_array_equal(output, batch(2) - before)
    assert mean.value is before


def test_the_node_shows_what_its_pass_has_used():
    mean, _, y = averaging()
    y.graph.forward(training=True)
    np.testing.assert_array_equal(mean.output, np.zeros(3))
    np.testing.assert_array_equal(y.input_values[1], np.zeros(3))
    assert mean.output_grad is None
    assert mean in y.graph
    assert list(y.graph.states) == [mean]
    assert y.inputs[1] is mean


def test_values_are_replaced_so_a_reference_is_a_snapshot():
    mean, _, y = averaging()
    before = mean.value
    y.graph.forward(training=True)
    np.testing.assert_array_equal(before, np.zeros(3))
    mean.value = before
    y.graph.forward()
    np.testing.assert_array_equal(y.output, batch())


def test_a_failing_pass_takes_every_state_back():
    class Fails(gn.Operation):
        fail = False

        def _output(self):
            if Fails.fail:
                raise RuntimeError("on purpose")
            return self.input_

        def _input_grad(self, output_grad):
            return output_grad

    mean, _, y = averaging()
    z = Fails()(y)
    z.graph.forward(training=True)
    before = mean.value, mean.output
    Fails.fail = True
    with pytest.raises(RuntimeError, match="on purpose"):
        z.graph.forward(training=True)
    assert (mean.value, mean.output) == (before[0], before[1])
    assert mean.value is before[0]


def test_a_pass_that_is_left_half_way_moves_no_state():
    one, other = gn.State(np.zeros(3)), gn.State(np.zeros(3))
    y = Average(other)(Average(one)(gn.Input("x", value=batch())))
    steps = y.graph.forward_steps(training=True)
    next(steps)
    y.graph.forward(training=True)  # takes over
    moved = one.value, other.value
    assert moved[0].any()
    with pytest.raises(gn.GraphError, match="another pass"):
        next(steps)
    steps = y.graph.forward_steps(training=True)
    next(steps)
    steps.close()
    assert (one.value, other.value) == (moved[0], moved[1])
    assert len(list(y.graph.forward_steps(training=True))) == 2
    assert not np.array_equal(one.value, moved[0])


def test_only_what_has_run_moves():
    one, other = gn.State(np.zeros(3)), gn.State(np.zeros(3))
    y = Average(one)(gn.Input("x", value=batch()))
    Average(other)(y)
    y.graph.forward(target=y, training=True)
    assert one.value.any()
    assert not other.value.any()


def test_two_that_share_a_state_go_on_from_each_other():
    mean = gn.State(np.zeros(3))
    average = Average(mean)
    x, z = gn.Input("x", value=batch()), gn.Input("z", value=batch(1))
    total = average(x) + average(z)
    total.graph.forward(training=True)
    first = batch().mean(axis=0) * 0.5
    np.testing.assert_array_equal(mean.value, first * 0.5 + batch(1).mean(axis=0) * 0.5)


@pytest.mark.parametrize("training", [False, True])
def test_gradients_pass_by_a_state(training):
    mean, x, y = averaging()
    mean.value = [1.0, 2.0, 3.0]
    target = np.sum(y * batch(5))
    target.graph.forward(training=training)
    target.graph.backward(target, wrt=[x])
    stepped = x.grad
    (node,) = target.graph.gradient(target, [x])
    np.testing.assert_array_equal(node.output, stepped)
    assert gn.check_gradients(target, training=training).ok


def test_the_gradient_is_that_of_the_pass_though_another_graph_has_moved_on():
    mean = gn.State(np.zeros(3))
    one = np.sum(Average(mean)(gn.Input("x", value=batch())) * batch(5))
    other = Average(mean)(gn.Input("x", value=batch(1)))
    one.graph.forward()
    one.graph.backward(one, wrt="x")
    other.graph.forward(training=True)
    other.graph.forward(training=True)
    (node,) = one.graph.gradient(one, "x")
    np.testing.assert_array_equal(node.output, one.graph["x"].grad)


def test_checking_gradients_moves_no_state():
    mean, _, y = averaging()
    gn.check_gradients(np.sum(y**2), training=True)
    np.testing.assert_array_equal(mean.value, np.zeros(3))


def test_what_is_bound_later_begins_where_the_state_is():
    mean, _, y = averaging()
    y.graph.forward(training=True)
    later = Average(mean)(gn.Input("x", value=batch(1)))
    np.testing.assert_array_equal(later.output, batch(1) - mean.value)


def test_after_a_parameter():
    passes = gn.State(0, name="passes")
    scale = ScaledCount(np.array([1.0, 2.0, 3.0]), passes)
    y = scale(gn.Input("x", value=batch()))
    assert [node.kind for node in y.inputs] == ["input", "parameter", "state"]
    y.graph.forward(training=True)
    y.graph.backward(y, np.ones((4, 3)))
    np.testing.assert_array_equal(y.param_grad, batch().sum(axis=0))
    np.testing.assert_array_equal(y.parameter.grad, y.param_grad)
    assert passes.value == 1


def test_alone_on_arrays():
    passes = gn.State(0)
    scale = ScaledCount(np.array([1.0, 2.0, 3.0]), passes)
    for seed in range(3):
        output = scale.forward(batch(seed))
        np.testing.assert_array_equal(output, batch(seed) * [1.0, 2.0, 3.0])
        np.testing.assert_array_equal(
            scale.backward(np.ones((4, 3))), np.ones((4, 3)) * [1.0, 2.0, 3.0]
        )
    assert passes.value == 0


def test_recipes_share_the_state_and_copies_have_their_own():
    mean, _, y = averaging()
    again = y(gn.Input("other", value=batch(1)))
    assert again.states[0] is mean
    y = averaging()[2]
    mean = y.states[0]
    twin = copy.deepcopy(y.graph)
    twin.forward(training=True)
    np.testing.assert_array_equal(mean.value, np.zeros(3))
    (its,) = twin.states
    np.testing.assert_array_equal(its.value, batch().mean(axis=0) * 0.5)
    loaded = pickle.loads(pickle.dumps(twin))
    loaded.forward(training=True)
    assert not np.array_equal(loaded.states[0].value, its.value)


def test_the_value_is_copied_and_keeps_its_dtype_and_shape():
    array = np.zeros(3, np.float32)
    state = gn.State(array)
    array += 1
    np.testing.assert_array_equal(state.value, np.zeros(3))
    state.value = [1.0, 2.0, 3.0]
    assert state.value.dtype == np.float32
    with pytest.raises(gn.ShapeError, match=r"cannot assign shape \(2,\)"):
        state.value = [1.0, 2.0]
    with pytest.raises(gn.ArgumentError, match="None"):
        gn.State(None)
    count = gn.State(0, name="count")
    with pytest.raises(
        gn.ArgumentError, match=r"count .* cannot assign float64 to int"
    ):
        count.value = 0.5
    with pytest.raises(gn.ArgumentError, match=r"count .* the new value is None"):
        count.value = None
    assert count.value == 0


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (np.zeros(3), r"returned array\(.* not a tuple of 1"),
        ((), r"returned \(\), not a tuple of 1"),
        (None, "returned None, not a tuple of 1"),
        ((np.zeros(2),), r"mean .* cannot assign shape \(2,\) to shape \(3,\)"),
        ((np.ones(3) * 1j,), "mean .* cannot assign complex128 to float64"),
        ((None,), "mean .* the new value is None"),
        ((["a", "b", "c"],), "mean .* has dtype"),
    ],
)
def test_a_wrong_hook_is_named(returned, message):
    class Wrong(Average):
        def _next_states(self, mean):
            return returned

    first, mean = gn.State(np.zeros(3)), gn.State(np.zeros(3), name="mean")
    y = Wrong(mean)(Average(first)(gn.Input("x", value=batch())))
    y.graph.forward()
    before = y.output
    with pytest.raises(gn.GradientError, match=rf"Wrong\._next_states .*{message}"):
        y.graph.forward(training=True)
    assert not first.value.any()
    assert y.output is before
    assert not y.graph.training
    y.graph.forward()


def test_a_hook_that_raises_is_named():
    class Raises(Average):
        def _next_states(self, mean):
            raise KeyError("on purpose")

    y = Raises(gn.State(np.zeros(3)))(gn.Input("x", value=batch()))
    with pytest.raises(KeyError, match="on purpose") as caught:
        y.graph.forward(training=True)
    assert "in _next_states of raises (Raises, " in caught.value.__notes__[0]


def test_a_missing_hook_is_named():
    class Silent(gn.Operation):
        def __init__(self, state):
            self.states = (state,)

        def _output(self):
            return self.input_

        def _input_grad(self, output_grad):
            return output_grad

    y = Silent(gn.State(0.0))(gn.Input("x", value=batch()))
    with pytest.raises(gn.MissingHook, match="does not define _next_states"):
        y.graph.forward(training=True)


def test_no_gradient_by_a_state():
    mean, _, y = averaging()
    with pytest.raises(gn.GradientError, match="is a state"):
        y.graph.backward(np.sum(y), wrt=[mean])


def test_it_is_drawn_and_expanded():
    mean, _, y = averaging()
    assert "mean" in y.graph.to_dot()
    assert mean in y.graph.expand()
    assert y.graph.dag.number_of_edges() == 2
