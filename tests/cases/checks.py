"""Checks of functions of arrays that also take nodes: values and gradients.

A function is given as the user writes it, `lambda x: np.vstack([x, x])`, so composed
ones, which have no class of their own, are checked as operations are.
"""

import numpy as np
from cases.base import joined

import graphnn as gn
from graphnn.graph.tracing import InputGrads


def several(result):
    return list(result) if isinstance(result, list | tuple) else [result]


def check_values(function, *arrays):
    """Check that nodes give what arrays give: values to the bit, dtypes and shapes."""
    leaves = [gn.Input(f"x{i}", value=a) for i, a in enumerate(arrays)]
    found, expected = function(*leaves), function(*arrays)
    assert isinstance(found, list | tuple) == isinstance(expected, list | tuple)
    if isinstance(expected, list | tuple):
        assert type(found) is type(expected)
    found, expected = several(found), several(expected)
    assert len(found) == len(expected)
    for node, array in zip(found, expected, strict=True):
        value = node.output if isinstance(node, gn.Operation | gn.Input) else node
        assert np.shape(value) == np.shape(array)
        assert value.dtype == np.asarray(array).dtype
        np.testing.assert_array_equal(value, array)
        assert np.array_equal(np.signbit(value.real), np.signbit(np.real(array)))


def draw(value, seed):
    """Draw a cotangent for a value, complex for a complex one."""
    rng = np.random.default_rng([seed, *np.shape(value)])
    drawn = rng.normal(size=np.shape(value))
    if value.dtype.kind == "c":
        drawn = drawn + 1j * rng.normal(size=np.shape(value))
    return drawn.astype(value.dtype)


def target_of(function, arrays):
    """Build a node that all results reach, over fresh inputs."""
    leaves = [gn.Input(f"x{i}", value=a) for i, a in enumerate(arrays)]
    results = several(function(*leaves))
    if len(results) == 1:
        return joined(results[0]), leaves
    return np.concatenate([np.reshape(part, -1) for part in results]), leaves


def gradients(function, arrays, moving):
    """Give the gradients of Re(sum(function * cotangent)), by the reverse pass."""
    target, leaves = target_of(function, arrays)
    leaves = [leaves[i] for i in moving]
    wrt = [leaf for leaf in leaves if leaf in target.graph]  # the others are not used
    target.graph.backward(target, draw(target.output, 99), wrt=wrt)
    return [
        np.zeros(leaf.shape, leaf.dtype) if leaf.grad is None else leaf.grad
        for leaf in leaves
    ]


def differences(f, array, eps):
    """Differentiate a real f(), which reads an array, by g: df = Re(sum(g dz))."""
    grad = np.zeros(array.shape, array.dtype)
    steps = (1.0, 1j) if array.dtype.kind == "c" else (1.0,)
    for index in np.ndindex(array.shape):
        kept = array[index]
        for step in steps:
            array[index] = kept + eps * step
            above = f()
            array[index] = kept - eps * step
            below = f()
            slope = (above - below) / (2 * eps)
            grad[index] += slope if step == 1.0 else -1j * slope
        array[index] = kept
    return grad


def check_function(function, *arrays, eps=1e-6, rtol=2e-6, atol=2e-8, order=2):
    """Check the gradients by all float inputs, and those of the gradients.

    The second order is that of the reverse pass written down as a graph.
    """
    arrays = [np.array(a) for a in arrays]
    moving = [i for i, a in enumerate(arrays) if a.dtype.kind in "fc"]

    def value():
        output = target_of(function, arrays)[0].output
        return float(np.sum(output * draw(output, 99)).real)

    found = dict(zip(moving, gradients(function, arrays, moving), strict=True))
    for i, grad in found.items():
        assert grad.dtype == arrays[i].dtype
        expected = differences(value, arrays[i], eps)
        np.testing.assert_allclose(grad, expected, rtol, atol, err_msg=f"input {i}")
    if order < 2:
        return

    def value_of_gradients():
        grads = gradients(function, arrays, moving)
        # of each another sum: gradients can make up for each other, as those of a - b
        pairs = zip(moving, grads, strict=True)
        return float(sum(np.sum(g * draw(g, 7 + i)).real for i, g in pairs))

    target, leaves = target_of(function, arrays)
    used = [i for i in moving if leaves[i] in target.graph]
    wrt = [leaves[i] for i in used]
    seed = draw(target.output, 99)
    nodes = target.graph.gradient(target, wrt, seed)
    whole = [n for n in target.graph.nodes if isinstance(n, InputGrads)]
    assert not whole, whole[0].reason
    for i, node in zip(used, nodes, strict=True):
        np.testing.assert_array_equal(node.output, found[i])
        assert node.dtype == found[i].dtype
    reached = [0 * leaf for leaf in wrt]  # by what is linear too, to the second order
    total = sum(np.sum(real(node)) for node in reached)
    for i, node in zip(used, nodes, strict=True):
        total = total + np.sum(real(node * draw(node.output, 7 + i)))
    seconds = total.graph.gradient(total, wrt)
    for i, second in zip(used, seconds, strict=True):
        expected = differences(value_of_gradients, arrays[i], eps)
        np.testing.assert_allclose(
            second.output, expected, rtol, atol, err_msg=f"input {i}, second order"
        )


def real(node):
    return np.real(node) if node.dtype.kind == "c" else node
