"""Normalization and embeddings."""

from moduledb.table import Use, Weight, counterpart, leave, of_one_row

import graphnn as gn


def affine(layer, module):
    """Pair scale and shift, where there are any."""
    pairs = [(layer.scale, module.weight), (layer.shift, getattr(module, "bias", None))]
    return [Weight(ours, theirs) for ours, theirs in pairs if theirs is not None]


def settings_of(module):
    """Translate what PyTorch's layers with channels on axis 1 have in common."""
    return {
        "epsilon": module.eps,
        "data_format": "NCHW",
        "scale": module.weight is not None,
        "shift": module.bias is not None,
    }


@counterpart("BatchNorm1d", "BatchNorm2d")
def batch_norm(module, x):
    leave(not module.track_running_stats, "batch statistics outside training")
    leave(len(x) == 0 and module.training, "training on no rows: there is no variance")
    leave(module.momentum is None, "running means that are plain means of all batches")
    layer = gn.BatchNorm(momentum=module.momentum, **settings_of(module))

    def weights():
        return [
            *affine(layer, module),
            Weight(layer.running_mean, module.running_mean),
            Weight(layer.running_var, module.running_var),
        ]

    return Use(layer, [x], weights)


@counterpart("InstanceNorm1d", "InstanceNorm2d")
def instance_norm(module, x):
    leave(module.track_running_stats, "running statistics of instances")
    layer = gn.InstanceNorm(**settings_of(module))
    is_batch = x.ndim == (3 if "1d" in type(module).__name__ else 4)
    call = layer if is_batch else of_one_row(layer)
    return Use(call, [x], lambda: affine(layer, module))


@counterpart("GroupNorm")
def group_norm(module, x):
    layer = gn.GroupNorm(module.num_groups, **settings_of(module))
    return Use(layer, [x], lambda: affine(layer, module))


@counterpart("LayerNorm", "RMSNorm")
def layer_norm(module, x):
    axis = tuple(range(-len(module.normalized_shape), 0))
    settings = {"axis": axis, "scale": module.weight is not None}
    if type(module).__name__ == "LayerNorm":
        layer = gn.LayerNorm(module.eps, shift=module.bias is not None, **settings)
    else:
        layer = gn.RMSNorm(module.eps or 2.0**-52, **settings)
    call = of_one_row(layer) if len(axis) == x.ndim else layer
    return Use(call, [x], lambda: affine(layer, module))


@counterpart("Embedding")
def embedding(module, ids):
    layer = gn.Embedding(module.num_embeddings, module.embedding_dim)
    return Use(layer, [ids], lambda: [Weight(layer.weight, module.weight)])
