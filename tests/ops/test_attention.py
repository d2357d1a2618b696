"""Attention: values, masks, queries without a key, what is refused."""

import copy
import pickle

import numpy as np
import pytest
from cases import numbers

import graphnn as gn

QUERY, KEY, VALUE = numbers(2, 3, 4), numbers(2, 5, 4, seed=1), numbers(2, 5, 6, seed=2)
ALLOWED = numbers(2, 3, 5, seed=3) > 0
ALLOWED[..., 1] = True


def by_hand(query, key, value, allowed=None, added=0.0, scale=None):
    """Attend query by query, key by key."""
    scale = 1 / np.sqrt(query.shape[-1]) if scale is None else scale
    shape = (*query.shape[:-1], key.shape[-2])
    added = np.broadcast_to(added, shape)
    allowed = np.broadcast_to(True if allowed is None else allowed, shape)
    output = np.zeros((*query.shape[:-1], value.shape[-1]))
    for place in np.ndindex(query.shape[:-1]):
        row = place[0]
        shares = {
            s: np.exp(query[place] @ key[row, s] * scale + added[(*place, s)])
            for s in range(key.shape[1])
            if allowed[(*place, s)]
        }
        for s, share in shares.items():
            output[place] += share / sum(shares.values()) * value[row, s]
    return output


def attend(*arrays, **settings):
    return gn.ScaledDotProductAttention(**settings).forward(*arrays)


def close(actual, expected):
    np.testing.assert_allclose(actual, expected, rtol=1e-12, atol=1e-14)


def test_the_formula():
    close(attend(QUERY, KEY, VALUE), by_hand(QUERY, KEY, VALUE))
    close(attend(QUERY, KEY, VALUE, scale=0.3), by_hand(QUERY, KEY, VALUE, scale=0.3))


def test_a_mask_of_truths_says_where_to_look():
    close(attend(QUERY, KEY, VALUE, ALLOWED), by_hand(QUERY, KEY, VALUE, ALLOWED))
    row = ALLOWED[0, 0]
    close(attend(QUERY, KEY, VALUE, row), by_hand(QUERY, KEY, VALUE, row))


def test_a_mask_of_numbers_is_added():
    added = numbers(2, 3, 5, seed=4)
    close(attend(QUERY, KEY, VALUE, added), by_hand(QUERY, KEY, VALUE, added=added))
    hidden = np.where(ALLOWED, 0.0, -np.inf)
    np.testing.assert_array_equal(
        attend(QUERY, KEY, VALUE, hidden), attend(QUERY, KEY, VALUE, ALLOWED)
    )


@pytest.mark.parametrize("times", [(3, 3), (3, 5), (5, 3)])
def test_causal_hides_what_comes_later(times):
    query, key = numbers(2, times[0], 4), numbers(2, times[1], 4, seed=1)
    value = numbers(2, times[1], 6, seed=2)
    earlier = np.arange(times[1]) <= np.arange(times[0])[:, np.newaxis]
    close(attend(query, key, value, causal=True), by_hand(query, key, value, earlier))
    both = earlier & (np.arange(times[1]) != 1)
    close(
        attend(query, key, value, np.arange(times[1]) != 1, causal=True),
        by_hand(query, key, value, both),
    )


def test_a_causal_query_looks_at_the_first_keys_only():
    later = VALUE.copy()
    later[:, 2:] = 1e6
    one = attend(QUERY, KEY, VALUE, causal=True)
    other = attend(QUERY, KEY, later, causal=True)
    np.testing.assert_array_equal(one[:, :2], other[:, :2])
    assert np.all(np.abs(one[:, 2] - other[:, 2]) > 1.0)


@pytest.mark.parametrize("kind", ["bool", "float"])
def test_a_query_without_any_key_gets_zeros(kind):
    allowed = ALLOWED.copy()
    allowed[1, 2] = False
    mask = allowed if kind == "bool" else np.where(allowed, 0.0, -np.inf)
    leaves = [gn.Input(value=a) for a in (QUERY, KEY, VALUE)]
    node = gn.ScaledDotProductAttention()(*leaves, mask)
    close(node.output, by_hand(QUERY, KEY, VALUE, allowed))
    np.testing.assert_array_equal(node.output[1, 2], np.zeros(6))
    np.testing.assert_array_equal(node.weights[1, 2], np.zeros(5))
    loss = np.sum(node**2)
    loss.graph.backward(loss, wrt=leaves)
    np.testing.assert_array_equal(leaves[0].grad[1, 2], np.zeros(4))
    for leaf in leaves:
        assert np.all(np.isfinite(leaf.grad))
    (slope,) = loss.graph.gradient(loss, leaves[0])
    loss.graph.backward(np.sum(slope**2), wrt=leaves)
    for leaf in leaves:
        assert np.all(np.isfinite(leaf.grad))


def test_what_no_query_looks_at_gets_no_gradient():
    allowed = np.arange(5) != 3
    operation = gn.ScaledDotProductAttention()
    operation.forward(QUERY, KEY, VALUE, allowed)
    operation.backward(np.ones((2, 3, 6)))
    for gradient in operation.input_grads[1:3]:
        np.testing.assert_array_equal(gradient[:, 3], 0.0)
        assert np.all(gradient[:, 4] != 0.0)
    assert operation.input_grads[3] is None


def test_the_weights_can_be_looked_at():
    query, key, value = gn.Input("q", value=QUERY), KEY, VALUE
    node = gn.ScaledDotProductAttention()(query, key, value)
    assert node.weights.shape == (2, 3, 5)
    close(node.weights.sum(axis=-1), 1.0)
    close(node.weights @ VALUE, node.output)
    node.graph.forward(q=QUERY[:, :2])
    assert node.weights.shape == (2, 2, 5)
    close(node.weights @ VALUE, node.output)
    alone = gn.AttentionWeights()(query, key)
    np.testing.assert_array_equal(alone.output[:, :2], node.weights)


def test_large_scores_do_not_overflow():
    query = np.array([[1e4], [-1e4], [0.0]])
    key, value = np.array([[1e4], [-1e4]]), np.array([[1.0], [2.0]])
    close(attend(query, key, value), [[1.0], [2.0], [1.5]])
    far = np.full((3, 2), -1e300)  # all as far: it looks at both
    close(attend(query * 0, key, value, far), [[1.5], [1.5], [1.5]])
    operation = gn.ScaledDotProductAttention()
    operation.forward(query, key, value)
    assert np.all(np.isfinite(operation.backward(np.ones((3, 1)))))


def test_axes_before_the_last_two_broadcast():
    query, value = numbers(3, 1, 4, 2), numbers(5, 6, 7, seed=2)
    key = numbers(3, 5, 6, 2, seed=1)
    output = attend(query, key, value)
    assert output.shape == (3, 5, 4, 7)
    each = attend(np.repeat(query, 5, axis=1), key, np.stack([value] * 3))
    np.testing.assert_array_equal(output, each)
    one = attend(query[0, 0], key[0, 0], value[0])
    close(one, output[0, 0])


@pytest.mark.parametrize("mask", [None, np.ones((3, 5)), np.ones((3, 5), bool)])
def test_float32_stays_float32(mask):
    arrays = [a.astype(np.float32) for a in (QUERY, KEY, VALUE)]
    leaves = [gn.Input(value=a) for a in arrays]
    node = gn.ScaledDotProductAttention(causal=True, scale=0.5)(
        *leaves, *([] if mask is None else [mask])
    )
    assert node.dtype == node.weights.dtype == np.float32
    node.graph.backward(node, np.ones(node.shape), wrt=leaves)
    assert {leaf.grad.dtype for leaf in leaves} == {np.dtype(np.float32)}


def test_whole_numbers_are_attended_to():
    ones = np.ones((2, 3), int)
    np.testing.assert_array_equal(attend(ones, ones, ones), np.ones((2, 3)))


def test_other_batches_and_other_times():
    x = gn.Input("x", value=QUERY)
    node = gn.ScaledDotProductAttention(causal=True)(x, x, x)
    for shape in ((2, 3, 4), (5, 3, 4), (1, 6, 4)):
        array = numbers(*shape, seed=9)
        value = node.graph.forward(x=array)
        np.testing.assert_array_equal(value, attend(array, array, array, causal=True))
        node.graph.backward(node, np.ones(shape), wrt=x)
        assert x.grad.shape == shape


def test_a_mask_may_be_a_node():
    mask = gn.Input("mask", value=ALLOWED)
    node = gn.ScaledDotProductAttention()(gn.Input("q", value=QUERY), KEY, VALUE, mask)
    node.graph.forward(mask=~ALLOWED)
    close(node.output, by_hand(QUERY, KEY, VALUE, ~ALLOWED))


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, lambda graph: pickle.loads(pickle.dumps(graph))]
)
def test_copies(copied):
    node = gn.ScaledDotProductAttention(causal=True)(
        gn.Input("q", value=QUERY), KEY, VALUE
    )
    twin = copied(node.graph)["scaled_dot_product_attention"]
    np.testing.assert_array_equal(twin.weights, node.weights)
    assert (twin.causal, twin.scale) == (True, None)


# -- what is refused -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ((QUERY[0, 0], KEY, VALUE), r"the query has shape \(4,\); \(\.\.\., time"),
        ((QUERY, KEY, VALUE[0, 0]), r"the value has shape \(6,\)"),
        ((QUERY, VALUE, VALUE), r"the query has 4 features and the key 6 \(query \(2,"),
        ((QUERY, KEY, VALUE[:, :3]), r"there are 5 keys and 3 values \(query"),
        ((QUERY, KEY[:, :0], VALUE[:, :0]), r"nothing to look at \(query \(2, 3, 4\)"),
        ((QUERY[..., :0], KEY[..., :0], VALUE), r"nothing to look at"),
        ((numbers(3, 3, 4), KEY, VALUE), r"the axes before \(time, features\) do not"),
        ((QUERY, KEY, VALUE, np.ones((2, 5))), r"the mask has shape \(2, 5\), which"),
        ((QUERY, KEY, VALUE, np.ones((2, 3, 4))), r"key time\) = \(2, 3, 5\)"),
        ((QUERY, KEY, VALUE, np.ones((7, 2, 3, 5))), r"does not broadcast to"),
    ],
)
def test_shapes_that_do_not_fit(arrays, message):
    x = gn.Input("x", value=arrays[0])
    y = x * 2.0
    count = len(y.graph)
    with pytest.raises(gn.ShapeError, match=message) as caught:
        gn.ScaledDotProductAttention()(y, *arrays[1:])
    assert "test_attention.py" in str(caught.value)
    assert len(y.graph) == count


def test_a_mask_of_whole_numbers_does_not_say_what_it_means():
    with pytest.raises(gn.ArgumentError, match=r"the mask is int64; it is bool \(True"):
        attend(QUERY, KEY, VALUE, ALLOWED.astype(int))
    with pytest.raises(gn.ArgumentError, match=r"the mask is complex128"):
        attend(QUERY, KEY, VALUE, ALLOWED + 1j)


def test_complex_numbers_have_no_softmax():
    with pytest.raises(gn.ArgumentError, match="the key is complex"):
        attend(QUERY, KEY + 1j, VALUE)


@pytest.mark.parametrize("scale", [np.nan, np.inf, "0.5", True, [1.0]])
def test_bad_scales(scale):
    with pytest.raises(gn.ArgumentError, match="scale is a finite number, not"):
        gn.ScaledDotProductAttention(scale=scale)


def test_bad_causal():
    with pytest.raises(gn.ArgumentError, match="causal is True or False, not 1"):
        gn.ScaledDotProductAttention(causal=1)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_wrong_number_of_inputs(count):
    with pytest.raises(gn.ArgumentError, match=rf"3 or 4 inputs, {count} given"):
        attend(*[QUERY] * count)
    with pytest.raises(gn.ArgumentError, match="takes query, key and, if there is"):
        gn.AttentionWeights().forward(QUERY)


def test_the_graph_is_usable_after_an_error():
    x = gn.Input("x", value=QUERY)
    node = gn.ScaledDotProductAttention()(x, KEY, VALUE)
    before = node.output
    with pytest.raises(gn.ShapeError, match="7 features"):
        node.graph.forward(x=numbers(2, 3, 7))
    assert node.output is before
    np.testing.assert_array_equal(node.graph.forward(x=QUERY), before)
