"""Embeddings against PyTorch's: padding, positions, a table that is used twice."""

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the extra `oracle` brings PyTorch")

from torchnn.comparing import compare, tensor  # noqa: E402

import graphnn as gn  # noqa: E402

pytestmark = pytest.mark.oracle


def ids_of(*shape, below=7, seed=0):
    return np.random.default_rng([seed, *shape]).integers(0, below, shape)


def tables(vocabulary=7, features=4, padding_index=None):
    """Make both sides, with the same rows."""
    layer = gn.Embedding(vocabulary, features, padding_index)
    layer.rng = np.random.default_rng(1)
    layer.forward([0])
    module = torch.nn.Embedding(vocabulary, features, padding_index).double()
    assert padding_index is None or not module.weight[padding_index].any()
    module.weight.data = torch.from_numpy(layer.weight.value.copy())
    return layer, module


@pytest.mark.parametrize("padding_index", [None, 0, 3, 6])
@pytest.mark.parametrize("shape", [(5,), (3, 6), (2, 3, 4), (40, 50)], ids=str)
def test_embedding(shape, padding_index):
    layer, module = tables(padding_index=padding_index)
    ids = ids_of(*shape)
    node = layer(gn.Input("ids", value=ids))
    compare(node, module(torch.from_numpy(ids)), [(layer.weight, module.weight)])


def test_another_batch():
    layer, module = tables(padding_index=2)
    ids = gn.Input("ids", value=ids_of(3, 6))
    node = layer(ids)
    for seed, shape in enumerate([(1, 6), (5, 2), (3, 6)]):
        batch = ids_of(*shape, seed=seed)
        node.graph.forward({ids: batch})
        result = module(torch.from_numpy(batch))
        compare(node, result, [(layer.weight, module.weight)])


@pytest.mark.parametrize("time", [1, 4, 8])
def test_positions(time):
    layer = gn.PositionEmbedding(8)
    x, array = gn.Input("x", value=np.ones((2, 8, 4))), np.random.default_rng(0)
    node = layer(x)
    batch = array.standard_normal((3, time, 4))
    node.graph.forward({x: batch})
    module = torch.nn.Embedding(8, 4).double()
    module.weight.data = torch.from_numpy(layer.weight.value.copy())
    leaf = tensor(batch)
    result = leaf + module(torch.arange(time))
    compare(node, result, [(x, leaf), (layer.weight, module.weight)])


@pytest.mark.parametrize("padding_index", [None, 3])
def test_tied_weights(padding_index):
    layer, module = tables(padding_index=padding_index)
    ids = ids_of(3, 6)
    logits = np.tanh(layer(gn.Input("ids", value=ids))) @ layer.weight.T
    result = torch.tanh(module(torch.from_numpy(ids))) @ module.weight.T
    compare(logits, result, [(layer.weight, module.weight)])


def test_second_derivatives():
    layer, module = tables()
    ids = ids_of(3, 6)
    target = np.sum(layer(gn.Input("ids", value=ids)) ** 3)
    result = (module(torch.from_numpy(ids)) ** 3).sum()
    (ours,) = target.graph.gradient(target, [layer.weight])
    (theirs,) = torch.autograd.grad(result, module.weight, create_graph=True)
    compare(ours, theirs, [(layer.weight, module.weight)])
