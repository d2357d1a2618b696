"""Normalizations: values, training, running statistics, and what they refuse."""

import copy

import numpy as np
import pytest
from cases import numbers, positive

import graphnn as gn
from graphnn.graph.tracing import InputGrads
from graphnn.ops.batch_normalization import BatchNormalize
from graphnn.ops.group_normalization import GroupNormalize
from graphnn.ops.layer_normalization import LayerNormalize, RMSNormalize

SHAPES = {
    "rows": ((5, 3), -1),
    "sequence": ((2, 4, 3), -1),
    "image": ((2, 3, 2, 3), -1),
    "channels first": ((2, 3, 4), 1),
    "image, channels first": ((2, 3, 2, 4), 1),
}
SCALE, SHIFT = positive(3, seed=3), numbers(3, seed=4)


def draw(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).normal(1.5, 2.0, shape)


def batch_recipe(channels=3, **settings):
    return BatchNormalize(np.zeros(channels), np.ones(channels), **settings)


def along(axis, values, ndim):
    """Give values of the channels the other axes."""
    return np.reshape(values, [-1 if a == axis % ndim else 1 for a in range(ndim)])


def textbook(x, axes, epsilon=1e-5):
    mean, variance = x.mean(axis=axes, keepdims=True), x.var(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon)


# -- values ----------------------------------------------------------------------------
@pytest.mark.parametrize("name", SHAPES)
def test_batch_statistics_in_training_and_running_ones_otherwise(name):
    shape, axis = SHAPES[name]
    x = draw(*shape)
    others = tuple(a for a in range(x.ndim) if a != axis % x.ndim)
    y = batch_recipe(channel_axis=axis)(gn.Input("x", value=x), SCALE, SHIFT)
    scale, shift = (along(axis, values, x.ndim) for values in (SCALE, SHIFT))
    untrained = x / np.sqrt(1 + 1e-5) * scale + shift
    np.testing.assert_allclose(y.output, untrained, rtol=1e-13)
    trained = y.graph.forward(training=True)
    np.testing.assert_allclose(
        trained, textbook(x, others) * scale + shift, rtol=1e-12, atol=1e-14
    )
    mean, variance = (state.value for state in y.states)
    np.testing.assert_allclose(mean, 0.1 * x.mean(axis=others), rtol=1e-13)
    unbiased = x.var(axis=others, ddof=1)
    np.testing.assert_allclose(variance, 0.9 + 0.1 * unbiased, rtol=1e-13)
    value = (x - along(axis, mean, x.ndim)) / np.sqrt(
        along(axis, variance, x.ndim) + 1e-5
    )
    np.testing.assert_allclose(y.graph.forward(), value * scale + shift, rtol=1e-12)


@pytest.mark.parametrize("axis", [-1, 1, (1,), (-2, -1), (1, 2, 3), (1, -1)])
def test_layers_over_axes(axis):
    x = draw(2, 3, 4, 5)
    axes = tuple(a % 4 for a in np.atleast_1d(axis))
    lifted = [n if a in axes else 1 for a, n in enumerate(x.shape)]
    shape = tuple(x.shape[a] for a in sorted(axes))
    scale, shift = positive(*shape), numbers(*shape)
    by_hand = scale.reshape(lifted), shift.reshape(lifted)
    found = LayerNormalize(axis, 1e-3).forward(x, scale, shift)
    expected = textbook(x, axes, 1e-3) * by_hand[0] + by_hand[1]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    found = RMSNormalize(axis, 1e-3).forward(x, scale)
    root = np.sqrt(np.mean(x**2, axis=axes, keepdims=True) + 1e-3)
    np.testing.assert_allclose(found, x / root * by_hand[0], rtol=1e-13)


@pytest.mark.parametrize("groups", [1, 2, 3, 6, None])
@pytest.mark.parametrize("places", [(4,), (2, 3)])
def test_groups_in_both_layouts(groups, places):
    last = draw(2, *places, 6)
    first = np.moveaxis(last, -1, 1)
    scale, shift = positive(6), numbers(6)
    each = groups or 6
    grouped = first.reshape(2, each, -1)
    expected = textbook(grouped, -1).reshape(first.shape)
    expected = expected * along(1, scale, first.ndim) + along(1, shift, first.ndim)
    found = GroupNormalize(groups, 1).forward(first, scale, shift)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)
    found = GroupNormalize(groups).forward(last, scale, shift)
    np.testing.assert_allclose(np.moveaxis(found, -1, 1), expected, rtol=1e-12)


@pytest.mark.parametrize("recipe", [LayerNormalize, RMSNormalize, batch_recipe])
def test_far_from_zero_and_all_equal(recipe):
    plain = recipe(scaled=False, shifted=False)
    x = gn.Input("x", value=np.full((4, 3), 7.0))
    y = plain(x)
    rms = recipe is RMSNormalize
    expected = np.full((4, 3), 7 / np.sqrt(49 + 1e-5) if rms else 0.0)
    np.testing.assert_array_equal(y.graph.forward(training=True), expected)
    if not rms:
        far = 1e8 + draw(4, 3)
        found = y.graph.forward({x: far}, training=True)
        axis = 0 if recipe is batch_recipe else 1
        np.testing.assert_allclose(found, textbook(far, axis), rtol=1e-6)


# -- training --------------------------------------------------------------------------
AFFINE = [(True, True), (True, False), (False, True), (False, False)]


@pytest.mark.parametrize("affine", AFFINE)
@pytest.mark.parametrize("name", SHAPES)
def test_gradients_in_training(name, affine):
    shape, axis = SHAPES[name]
    given = [v for v, wanted in zip((SCALE, SHIFT), affine, strict=True) if wanted]
    recipe = batch_recipe(channel_axis=axis, scaled=affine[0], shifted=affine[1])
    x = numbers(*shape)
    report = gn.check_gradients(recipe, x, *given, training=True)
    assert not report.remarks
    assert {1, 2} == {row.order for row in report.rows}
    # the mean of a normalized batch does not move: no sum of it would see an error
    xs = [gn.Input(value=array) for array in (x, *given)]
    target = np.sum(recipe(*xs) ** 3)
    target.graph.forward(training=True)
    gn.check_gradients(target, training=True)


@pytest.mark.parametrize("training", [False, True])
def test_the_gradient_graph_gives_the_stepped_numbers(training):
    x = gn.Input("x", value=draw(4, 3))
    scale, shift = gn.Parameter(SCALE.copy()), gn.Parameter(SHIFT.copy())
    y = np.sum(batch_recipe()(x, scale, shift) ** 3)
    graph, wrt = y.graph, [x, scale, shift]
    graph.forward(training=training)
    nodes = graph.gradient(y, wrt)
    assert not any(isinstance(node, InputGrads) for node in graph.nodes)
    graph.forward({x: draw(4, 3, seed=1)}, target=[y, *nodes], training=training)
    graph.backward(y, wrt=[x])
    for leaf, node in zip(wrt, nodes, strict=True):
        np.testing.assert_array_equal(node.output, leaf.grad, strict=True)
    expanded = graph.expand()
    np.testing.assert_array_equal(expanded[y.name].output, y.output)
    with pytest.raises(gn.GraphError, match="training="):
        graph.forward(target=nodes, training=not training)


def test_statistics_of_ten_passes_and_of_batches_of_other_sizes():
    x = gn.Input("x", value=draw(4, 3))
    y = batch_recipe(momentum=0.3, scaled=False, shifted=False)(x)
    mean, variance = np.zeros(3), np.ones(3)
    for step in range(10):
        batch = draw(2 + step, 3, seed=step)
        y.graph.forward({x: batch}, training=True)
        mean = 0.7 * mean + 0.3 * batch.mean(axis=0)
        variance = 0.7 * variance + 0.3 * batch.var(axis=0, ddof=1)
        found = y.graph.forward({x: batch[:1]})
        np.testing.assert_allclose(
            found, (batch[:1] - mean) / np.sqrt(variance + 1e-5), rtol=1e-12
        )
    np.testing.assert_allclose(y.states[0].value, mean, rtol=1e-12)
    np.testing.assert_allclose(y.states[1].value, variance, rtol=1e-12)


@pytest.mark.parametrize("momentum", [0, 1, np.float32(0.5)])
def test_momentum_is_the_weight_of_the_new_batch(momentum):
    x = draw(4, 3)
    y = batch_recipe(momentum=momentum, scaled=False, shifted=False)(gn.Input(value=x))
    y.graph.forward(training=True)
    expected = float(momentum) * x.mean(axis=0)
    np.testing.assert_allclose(y.states[0].value, expected, rtol=1e-13)


def test_only_training_passes_move_the_statistics():
    x = gn.Input("x", value=draw(4, 3))
    recipe = batch_recipe(scaled=False, shifted=False)
    y = recipe(x)
    target = np.sum(y**3)
    target.graph.forward()
    target.graph.backward(target, wrt=[x])
    target.graph.gradient(target, [x])
    gn.check_gradients(target, training=True)
    gn.check_gradients(recipe, draw(4, 3), training=True)
    recipe.forward(draw(4, 3))
    with gn.paused():
        recipe(x)
    np.testing.assert_array_equal(recipe.states[0].value, np.zeros(3))
    np.testing.assert_array_equal(recipe.states[1].value, np.ones(3))


def test_two_uses_in_one_pass_take_turns():
    recipe = batch_recipe(scaled=False, shifted=False)
    one, other = draw(4, 3), draw(6, 3, seed=1)
    both = np.sum(recipe(gn.Input(value=one)) ** 2) + np.sum(
        recipe(gn.Input(value=other)) ** 2
    )
    both.graph.forward(training=True)
    expected = 0.9 * (0.1 * one.mean(axis=0)) + 0.1 * other.mean(axis=0)
    np.testing.assert_allclose(recipe.states[0].value, expected, rtol=1e-13)


def test_a_copy_has_statistics_of_its_own():
    y = batch_recipe(scaled=False, shifted=False)(gn.Input("x", value=draw(4, 3)))
    twin = copy.deepcopy(y.graph)
    twin.forward(training=True)
    np.testing.assert_array_equal(y.states[0].value, np.zeros(3))
    assert np.all(twin.states[0].value != 0)


# -- dtypes, and values that are no numbers --------------------------------------------
RECIPES = {
    "batch": batch_recipe,
    "layer": LayerNormalize,
    "rms": lambda **settings: RMSNormalize(**{"shifted": True, **settings}),
    "group": lambda **settings: GroupNormalize(3, **settings),
    "instance": lambda **settings: GroupNormalize(None, **settings),
}


@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("name", RECIPES)
def test_float32_stays(name, training):
    recipe = RECIPES[name]()
    if name == "batch":
        states = [gn.State(np.full(3, 0.5, np.float32)) for _ in range(2)]
        recipe = BatchNormalize(*states)
    single = [a.astype(np.float32) for a in (draw(2, 4, 3), SCALE, SHIFT)]
    leaves = [gn.Input(value=a) for a in single]
    y = recipe(*leaves)
    y.graph.forward(training=training)
    y.graph.backward(y, np.ones(y.shape, np.float32), wrt=leaves)
    arrays = [y.output, *[leaf.grad for leaf in leaves]]
    arrays += [state.value for state in y.states]
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.bool_])
@pytest.mark.parametrize("name", RECIPES)
def test_whole_numbers_are_taken_as_float64(name, dtype):
    x = (draw(2, 4, 3) * 40).clip(0, 120).astype(dtype)
    leaves = [gn.Input(value=a) for a in (x, SCALE, SHIFT)]
    y = RECIPES[name]()(*leaves)
    y.graph.forward(training=True)
    again = RECIPES[name]()(x.astype(float), SCALE, SHIFT)
    again.graph.forward(training=True)
    np.testing.assert_array_equal(y.output, again.output)
    y.graph.backward(y, np.ones(y.shape), wrt=leaves[1:])
    assert y.input_grads[0] is None
    assert leaves[1].grad is not None


@pytest.mark.parametrize("name", RECIPES)
def test_what_is_no_number_stays_where_it_is_averaged(name):
    x = draw(3, 4, 3)
    x[1, 2, 0] = np.nan
    y = RECIPES[name](scaled=False, shifted=False)(gn.Input(value=x))
    y.graph.forward(training=True)
    reached = np.zeros(x.shape, bool)
    place = {
        "batch": np.s_[:, :, 0],
        "instance": np.s_[1, :, 0],
        "group": np.s_[1, :, 0],
    }.get(name, np.s_[1, 2])
    reached[place] = True
    np.testing.assert_array_equal(np.isnan(y.output), reached)
    if name == "batch":
        assert np.isnan(y.states[0].value).tolist() == [True, False, False]


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize("epsilon", [0, -1e-5, np.inf, np.nan, "small", None, True])
@pytest.mark.parametrize("name", RECIPES)
def test_epsilon_is_a_number_above_0(name, epsilon):
    with pytest.raises(gn.ArgumentError, match=r"epsilon of \w+ is a number above 0"):
        RECIPES[name](epsilon=epsilon)


@pytest.mark.parametrize("momentum", [-0.1, 1.1, np.nan, None, "0.1", True])
def test_momentum_is_from_0_to_1(momentum):
    with pytest.raises(gn.ArgumentError, match=r"momentum .* from 0 to 1.*\n.*Keras"):
        batch_recipe(momentum=momentum)


@pytest.mark.parametrize("axis", [0, (0, 1), 1.0, "last", None, (), True])
def test_axes_that_cannot_be(axis):
    with pytest.raises(gn.ArgumentError, match=r"ax[ie]s|axis 0"):
        LayerNormalize(axis)


@pytest.mark.parametrize(
    ("axis", "shape"), [(2, (4, 3)), (-3, (4, 3)), (-2, (4, 3)), (-1, (4,)), (-1, ())]
)
def test_axes_that_an_input_does_not_have(axis, shape):
    recipe = LayerNormalize(axis, scaled=False, shifted=False)
    with pytest.raises(gn.ShapeError, match=r"axis -?\d does not fit .*\n.*the rows"):
        recipe.forward(np.ones(shape))
    recipe = RMSNormalize((axis, 1), scaled=False)
    with pytest.raises(gn.ShapeError, match=r"axis \(.*\) does not fit"):
        recipe.forward(np.ones(shape))


def test_an_axis_named_twice():
    with pytest.raises(gn.ArgumentError, match="name one twice"):
        LayerNormalize((1, 1))
    with pytest.raises(gn.ShapeError, match="does not fit"):
        LayerNormalize((1, -1)).forward(np.ones((2, 3)), np.ones(3), np.ones(3))


@pytest.mark.parametrize("groups", [0, -2, True])
def test_groups_that_cannot_be(groups):
    with pytest.raises(gn.ArgumentError, match="1 group or more"):
        GroupNormalize(groups)


def test_groups_that_do_not_fit():
    recipe = GroupNormalize(4, scaled=False, shifted=False)
    with pytest.raises(gn.ShapeError, match="6 channels do not make 4 groups"):
        recipe.forward(np.ones((2, 5, 6)))
    with pytest.raises(gn.ShapeError, match="one value in each"):
        recipe.forward(np.ones((2, 4)))
    assert recipe.forward(np.ones((2, 8))).shape == (2, 8)


@pytest.mark.parametrize("name", ["batch", "group", "instance"])
def test_an_input_without_channels(name):
    with pytest.raises(gn.ShapeError, match=r"\(rows, ..., channels\), not \(3,\)"):
        RECIPES[name](scaled=False, shifted=False).forward(np.ones(3))


@pytest.mark.parametrize("name", RECIPES)
def test_a_scale_for_other_channels(name):
    x = gn.Input("x", value=draw(2, 4, 3))
    with pytest.raises(gn.ShapeError, match=r"the scale has shape \(4,\).*needs \(3,"):
        RECIPES[name]()(x, np.ones(4), np.ones(3))
    with pytest.raises(gn.ShapeError, match=r"the shift has shape \(1,\)"):
        RECIPES[name]()(x, np.ones(3), np.ones(1))
    assert len(x.graph) == 1


@pytest.mark.parametrize("name", RECIPES)
def test_the_number_of_inputs(name):
    with pytest.raises(gn.ArgumentError, match=r"takes x, scale, shift: 3 inputs, 1 g"):
        RECIPES[name]()(gn.Input(value=draw(4, 3)))
    with pytest.raises(gn.ArgumentError, match=r"takes x: 1 input, 2 given"):
        RECIPES[name](scaled=False, shifted=False).forward(draw(4, 3), SCALE)


@pytest.mark.parametrize("name", RECIPES)
def test_complex_numbers(name):
    with pytest.raises(gn.ArgumentError, match="complex numbers are not normalized"):
        RECIPES[name]().forward(draw(2, 4, 3) * 1j, SCALE, SHIFT)


def test_a_batch_of_one_value_in_each_channel():
    x = gn.Input("x", value=draw(4, 3))
    y = batch_recipe(scaled=False, shifted=False)(x)
    y.graph.forward(training=True)
    before = [state.value for state in y.states]
    output = y.output
    with pytest.raises(gn.ShapeError, match=r"\(1, 3\) has 1 value in each channel"):
        y.graph.forward({x: draw(1, 3)}, training=True)
    assert all(s.value is b for s, b in zip(y.states, before, strict=True))
    assert y.output is output
    assert y.graph.forward({x: draw(1, 3)}).shape == (1, 3)


def test_other_channels_than_the_running_statistics():
    x = gn.Input("x", value=draw(4, 3))
    y = batch_recipe(scaled=False, shifted=False)(x)
    for training in (False, True):
        with pytest.raises(gn.ShapeError, match=r"running mean has shape \(3,\)"):
            y.graph.forward({x: draw(4, 5)}, training=training)
    assert y.output.shape == (4, 3)


def test_a_backward_pass_goes_by_the_mode_of_its_forward_pass():
    x = gn.Input("x", value=draw(4, 3))
    y = batch_recipe(scaled=False, shifted=False)(x)
    cotangent = draw(4, 3, seed=1)
    y.graph.forward(training=True)
    y.graph.backward(y, cotangent, wrt=[x])
    expected = x.grad
    y.graph.training = False  # as a graph that meets another may become
    y.graph.backward(y, cotangent, wrt=[x])
    np.testing.assert_array_equal(x.grad, expected)
