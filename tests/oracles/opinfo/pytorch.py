"""PyTorch's side of a comparison: sample inputs, values, gradients."""

import random
import warnings

import numpy as np
import torch
from evaluation import Variable
from torch.testing._internal.common_methods_invocations import op_db
from trees import leaves, tree_map

OPERATIONS = {
    f"{op.name}/{op.variant_test_name}" if op.variant_test_name else op.name: op
    for op in op_db
}


def samples(op, dtype):
    """Draw the sample inputs of an operation, the same in every run."""
    torch.manual_seed(0)
    random.seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # PyTorch's: of old names
        return list(op.sample_inputs("cpu", dtype, requires_grad=op.supports_autograd))


class PytorchRun:
    """An operation of PyTorch on one of its samples.

    Attributes
    ----------
    arguments, settings
        What the operation is called with: tensors.
    variables : list of Tensor
        Those to differentiate with respect to, where PyTorch can.
    outputs : list of Tensor
    """

    def __init__(self, op, sample, of=None):
        self.variables = []
        whole = (sample.input, *sample.args), sample.kwargs

        def as_leaf(value):
            if not isinstance(value, torch.Tensor) or not is_float(value):
                return value
            if op.supports_autograd and not value.requires_grad:
                return value
            value = value.detach()
            # a few samples mix in float32, for which no tolerance would be fair
            value = value.double() if value.dtype == torch.float32 else value
            leaf = value.requires_grad_(op.supports_autograd)
            self.variables.append(leaf)
            return leaf

        self.arguments, self.settings = tree_map(as_leaf, whole)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            outputs = op.gradcheck_wrapper(op.op, *self.arguments, **self.settings)
        outputs = outputs if of is None else of(torch, outputs)
        self.outputs = [torch.as_tensor(output) for output in leaves(outputs)]

    def is_variable(self, value):
        """Tell the tensors that are among `variables`."""
        return any(value is variable for variable in self.variables)

    def as_arrays(self):
        """Give the arguments as NumPy has them; variables in a wrapper."""
        return tree_map(self._as_array, (self.arguments, self.settings))

    def _as_array(self, value):
        if isinstance(value, torch.Tensor):
            array = as_array(value)
            return Variable(array) if self.is_variable(value) else array
        if isinstance(value, torch.dtype):
            return torch.empty((), dtype=value).numpy().dtype
        return value

    @property
    def values(self):
        return [as_array(output) for output in self.outputs]

    def cotangents(self, rng):
        """Draw a cotangent for each output that depends on a variable; else None."""
        return [
            drawn(rng, output) if output.requires_grad else None
            for output in self.outputs
        ]

    def gradients(self, cotangents):
        """Carry cotangents back to the variables, all in graphnn's convention.

        Where graphnn has dL/dx - i dL/dy, PyTorch has dL/dx + i dL/dy.
        """
        conjugates = [None if c is None else np.conj(c) for c in cotangents]
        self.firsts = self._backward(self.outputs, conjugates)
        return [as_array(gradient.conj()) for gradient in self.firsts]

    def second_gradients(self, second_cotangents):
        """Do the same with the gradients, which are conjugates themselves."""
        seconds = self._backward(self.firsts, second_cotangents)
        return [as_array(gradient.conj()) for gradient in seconds]

    def _backward(self, outputs, cotangents):
        pairs = [
            (output, torch.from_numpy(np.asarray(cotangent)))
            for output, cotangent in zip(outputs, cotangents, strict=True)
            if cotangent is not None and output.requires_grad
        ]
        if not pairs:
            return [torch.zeros_like(variable) for variable in self.variables]
        outputs, cotangents = zip(*pairs, strict=True)
        found = torch.autograd.grad(
            outputs, self.variables, cotangents, create_graph=True, allow_unused=True
        )
        return [
            torch.zeros_like(variable) if gradient is None else gradient
            for variable, gradient in zip(self.variables, found, strict=True)
        ]


def is_float(tensor):
    """Tell what can have a gradient."""
    return tensor.dtype.is_floating_point or tensor.dtype.is_complex


def as_array(tensor):
    """Copy a tensor into an array."""
    return tensor.detach().resolve_conj().resolve_neg().numpy(force=True).copy()


def drawn(rng, tensor):
    """Draw random numbers of a tensor's shape and dtype."""
    array = rng.standard_normal(tuple(tensor.shape))
    if tensor.dtype.is_complex:
        array = array + 1j * rng.standard_normal(tuple(tensor.shape))
    return np.asarray(array, as_array(tensor).dtype)
