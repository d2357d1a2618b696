"""Activations, softmax, and linear layers."""

import numpy as np
from moduledb.table import Use, Weight, counterpart, leave, of_one_row

import graphnn as gn


def operation(module, x, recipe):
    return Use(recipe, [x])


PLAIN = {
    "ReLU": gn.ReLU,
    "ReLU6": gn.ReLU6,
    "Sigmoid": gn.Sigmoid,
    "LogSigmoid": gn.LogSigmoid,
    "SiLU": gn.SiLU,
    "SELU": gn.SELU,
    "Softsign": gn.Softsign,
    "Tanh": gn.Tanh,
    "Mish": gn.Mish,
    "Hardswish": gn.HardSwish,
}

for name, recipe in PLAIN.items():
    counterpart(name)(lambda module, x, recipe=recipe: Use(recipe(), [x]))


@counterpart("CELU")
def celu(module, x):
    return Use(gn.CELU(module.alpha), [x])


@counterpart("ELU")
def elu(module, x):
    return Use(gn.ELU(module.alpha), [x])


@counterpart("GELU")
def gelu(module, x):
    return Use(gn.GELU(approximate=module.approximate == "tanh"), [x])


@counterpart("LeakyReLU")
def leaky_relu(module, x):
    return Use(gn.LeakyReLU(module.negative_slope), [x])


@counterpart("Hardtanh")
def hard_tanh(module, x):
    return Use(gn.HardTanh(module.min_val, module.max_val), [x])


@counterpart("Tanhshrink")
def tanh_shrink(module, x):
    return Use(lambda x: x - np.tanh(x), [x])


@counterpart("Softplus")
def softplus(module, x):
    leave(module.threshold < 20, "Softplus with a threshold that cuts it off")
    return Use(gn.Softplus(module.beta), [x])


@counterpart("PReLU")
def prelu(module, x):
    slopes = module.weight.numel()
    leave(x.ndim == 0, "PReLU of a 0-d array")
    recipe = gn.PReLU(np.zeros(slopes))

    def call(x):
        if slopes == 1 or x.ndim < 2:
            return recipe(x)
        return np.moveaxis(recipe(np.moveaxis(x, 1, -1)), -1, 1)  # channels last

    return Use(call, [x], lambda: [Weight(recipe.parameter, module.weight)])


@counterpart("Softmax")
def softmax(module, x):
    return Use(gn.Softmax(axis=module.dim), [x])


@counterpart("Softmax2d")
def softmax_2d(module, x):
    return Use(gn.Softmax(axis=-3), [x])


@counterpart("Softmin")
def softmin(module, x):
    axis = module.dim
    leave(axis is None, "an axis that PyTorch guesses")
    return Use(lambda x: gn.Softmax(axis=axis)(-x), [x])


@counterpart("LogSoftmax")
def log_softmax(module, x):
    return Use(gn.LogSoftmax(axis=module.dim), [x])


@counterpart("GLU")
def glu(module, x):
    return Use(gn.GLU(axis=module.dim), [x])


@counterpart("Linear", "Bilinear")
def linear(module, input, *rest):
    leave(rest, "Bilinear: no such layer")
    layer = gn.Dense(module.out_features, bias=module.bias is not None)

    def weights():
        found = [Weight(layer.weight, module.weight, np.transpose)]
        if layer.bias is not None:
            found.append(Weight(layer.bias, module.bias))
        return found

    return Use(of_one_row(layer) if input.ndim == 1 else layer, [input], weights)
