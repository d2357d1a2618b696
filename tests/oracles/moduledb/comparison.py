"""One sample on both sides: values, gradients, and what the module carries on."""

import warnings

import numpy as np
import torch
from tally import Left
from torch.testing._internal.common_modules import module_db

import graphnn as gn

RTOL, ATOL = 1e-9, 1e-11
MODULES = {info.module_cls.__name__: info for info in module_db}


def samples(info, training):
    """Draw the sample inputs of a module, the same in every run."""
    torch.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002, TID251 -- PyTorch's samples draw from it
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch's own, of its arguments
        return info.module_inputs_func(
            info,
            device="cpu",
            dtype=torch.float64,
            requires_grad=True,
            training=training,
        )


def compare(info, entry, sample, training):
    """Compare one sample.

    Returns
    -------
    str
        What was compared.

    Raises
    ------
    Left
        If the sample is not to be compared.
    AssertionError
    """
    if sample.forward_input is None:
        raise Left("a sample without an input: only the constructor is called")
    constructor = sample.constructor_input
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = info.module_cls(*constructor.args, **constructor.kwargs).double()
    module.train(training)
    given = sample.forward_input
    arguments = [as_double(argument) for argument in given.args]
    settings = {key: as_double(value) for key, value in given.kwargs.items()}
    if hasattr(module, "initialize_parameters"):  # of a lazy one
        module(*arguments, **settings)
    stir(module)
    use = entry(module, *arguments, **settings)
    run = Run(use, training)
    expected = outputs_of(module(*arguments, **settings))[: use.only]
    run.compare_values(expected)
    return run.compare_gradients(expected, module)


def stir(module):
    """Give parameters and running means values that are not all 0 or 1."""
    generator = torch.Generator().manual_seed(1)
    for tensor in [*module.parameters(), *module.buffers()]:
        if tensor.dtype.is_floating_point:
            drawn = torch.rand(tensor.shape, generator=generator, dtype=torch.float64)
            tensor.data = 0.3 + drawn


def as_double(value):
    """Make a leaf of double precision of a tensor of floats."""
    if isinstance(value, torch.Tensor) and value.dtype.is_floating_point:
        return value.detach().double().requires_grad_(value.requires_grad)
    return value


def outputs_of(result):
    """List the tensors that a module returns."""
    if isinstance(result, torch.Tensor):
        return [result]
    return [
        tensor for part in result if part is not None for tensor in outputs_of(part)
    ]


class Run:
    """Our side of a sample."""

    def __init__(self, use, training):
        self.tensors = use.tensors
        self.inputs = [
            gn.Input(f"input_{i}", value=tensor.detach().numpy())
            for i, tensor in enumerate(use.tensors)
        ]
        outputs = use.call(*self.inputs)
        self.outputs = list(outputs) if type(outputs) is tuple else [outputs]
        self.weights = use.weights()
        for weight in self.weights:
            value = weight.into(weight.tensor.detach().numpy())
            weight.node.value = np.array(np.reshape(value, weight.node.value.shape))
        self.graph = self.outputs[0].graph
        self.graph.forward(target=self.outputs, training=training)

    def compare_values(self, expected):
        """Compare the outputs, and the running means that the pass has left."""
        assert len(self.outputs) == len(expected)
        for node, tensor in zip(self.outputs, expected, strict=True):
            same(node.output, tensor.detach().numpy(), "the output")
        for weight in self.weights:
            if isinstance(weight.node, gn.State):
                value = weight.into(weight.tensor.detach().numpy())
                same(weight.node.value, value, f"the state {weight.node.name}")

    def compare_gradients(self, expected, module):
        """Compare the gradients by inputs and parameters, of one random cotangent."""
        seeded = [
            (node, tensor)
            for node, tensor in zip(self.outputs, expected, strict=True)
            if tensor.requires_grad
        ]
        if not seeded:
            return "values (PyTorch has no gradient there)"
        rng = np.random.default_rng(1)
        total = 0.0
        known = {id(weight.tensor) for weight in self.weights}
        missing = [n for n, p in module.named_parameters() if id(p) not in known]
        assert not missing, f"parameters that have no counterpart: {missing}"
        wrt = [
            node
            for node, tensor in zip(self.inputs, self.tensors, strict=True)
            if tensor.requires_grad
        ]
        for number, (node, tensor) in enumerate(seeded):
            cotangent = rng.normal(size=node.shape)
            self.graph.backward(node, cotangent, wrt=wrt or None, accumulate=number > 0)
            total = total + (tensor * torch.from_numpy(cotangent)).sum()
        total.backward()
        for node, tensor in zip(self.inputs, self.tensors, strict=True):
            if tensor.requires_grad:
                same_gradient(node, tensor, lambda array: array)
        for weight in self.weights:
            if isinstance(weight.node, gn.Parameter) and weight.tensor.requires_grad:
                same_gradient(weight.node, weight.tensor, weight.into)
        return "values, gradients"


def same_gradient(node, tensor, into):
    """Compare a gradient; none is as good as zeros."""
    ours = np.zeros(node.shape) if node.grad is None else node.grad
    theirs = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
    same(ours, into(theirs.numpy()), f"the gradient by {node.name}")


def same(found, expected, what):
    """Compare two arrays; a row may stand for a vector."""
    if np.size(found) == np.size(expected) and np.ndim(found) != np.ndim(expected):
        expected = np.reshape(expected, np.shape(found))
    assert np.shape(found) == np.shape(expected), what
    np.testing.assert_allclose(found, expected, RTOL, ATOL, err_msg=what)
