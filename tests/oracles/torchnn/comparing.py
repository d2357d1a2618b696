"""Holding a node against a tensor: values, and gradients with one random cotangent."""

import numpy as np

RTOL, ATOL = 1e-9, 1e-12


def tensor(array, requires_grad=True):
    """Copy an array into a tensor; one of floats can have a gradient."""
    import torch  # an extra: the tests that use this skip without it

    array = np.array(array)
    wanted = requires_grad and array.dtype.kind == "f"
    return torch.from_numpy(array).requires_grad_(wanted)


def compare(node, result, pairs=(), *, rtol=RTOL, atol=ATOL, seed=0):
    """Compare values, and the gradients that a random cotangent has.

    Parameters
    ----------
    node : Node
        It has run.
    result : Tensor
        What PyTorch has for it, of the same shape.
    pairs : iterable of (Node, Tensor) or (Node, Tensor, callable)
        Inputs and parameters, each with its counterpart, which is a leaf; and how the
        counterpart's gradient is brought into the node's layout: ``np.transpose``.
    """
    expected = result.detach().numpy()
    assert node.shape == expected.shape
    np.testing.assert_allclose(node.output, expected, rtol=rtol, atol=atol)
    pairs = list(pairs)
    if not pairs:
        return
    cotangent = np.random.default_rng(seed).standard_normal(expected.shape)
    ours = [ours for ours, *_ in pairs]
    node.graph.backward(node, cotangent, wrt=[n for n in ours if n.kind == "input"])
    for _, theirs, *_ in pairs:
        theirs.grad = None
    result.backward(tensor(cotangent, requires_grad=False), retain_graph=True)
    for ours, theirs, *layout in pairs:
        assert theirs.grad is not None, f"{ours.name}: PyTorch has no gradient"
        gradient = theirs.grad.numpy()
        if layout:
            gradient = layout[0](gradient)
        assert ours.grad is not None, f"{ours.name}: there is no gradient"
        np.testing.assert_allclose(
            ours.grad,
            np.reshape(gradient, ours.shape),
            rtol=rtol,
            atol=atol,
            err_msg=f"the gradient of {ours.name}",
        )
