"""Operations that are wrong, each in one way, for the checker to find."""

import numpy as np

import graphnn as gn


class ByAThousandth(gn.Operation):
    def _output(self):
        return self.input_**3

    def _input_grad(self, output_grad):
        return 1.001 * 3 * self.input_**2 * output_grad


class OnlyForBatches(gn.Operation):
    """The mean over the rows is forgotten: right for one row."""

    def _output(self):
        return np.sum(self.input_**2) / self.input_.shape[0]

    def _input_grad(self, output_grad):
        return 2 * self.input_ * output_grad


class OnlyWhereNegative(gn.Operation):
    """A leaky ReLU that leaks nothing back."""

    def _output(self):
        return np.where(self.input_ > 0, self.input_, 0.1 * self.input_)

    def _input_grad(self, output_grad):
        return output_grad * (self.input_ > 0)


class AtOneElement(gn.Operation):
    def _output(self):
        return np.sin(self.input_)

    def _input_grad(self, output_grad):
        here = np.arange(self.input_.size).reshape(self.input_.shape) == 777
        return output_grad * np.cos(self.input_) * np.where(here, 1.01, 1.0)


class WrongSign(gn.Operation):
    """The second input's gradient has the first's sign."""

    def _output(self):
        left, right = self.input_values
        return left - right

    def _input_grads(self, output_grad):
        return output_grad, output_grad


class Swapped(gn.Operation):
    def _output(self):
        left, right = self.input_values
        return left * right**2

    def _input_grads(self, output_grad):
        left, right = self.input_values
        return 2 * output_grad * left * right, output_grad * right**2


class OnlyTheParameter(gn.ParamOperation):
    """The bias's gradient is averaged, not summed, over the rows."""

    def _output(self):
        return self.input_ + self.param

    def _input_grad(self, output_grad):
        return output_grad

    def _param_grad(self, output_grad):
        return np.mean(output_grad, axis=0, keepdims=True)


class WrongShape(gn.Operation):
    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        return np.sum(2 * output_grad, axis=0)


class ForgotReturn(gn.Operation):
    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        2 * output_grad


class SaysNone(gn.Operation):
    """Says that the second input has no gradient, which is not so."""

    def _output(self):
        left, right = self.input_values
        return left * right

    def _input_grads(self, output_grad):
        return output_grad * self.input_values[1], None


class OnlySecondOrder(gn.Operation):
    """The first derivative is right; traced, it does not depend on the input."""

    def _output(self):
        return np.exp(self.input_)

    def _input_grad(self, output_grad):
        return output_grad * np.where(True, detached(self.output), 0)


def detached(value):
    """Leave the graph, as no hook should."""
    return value.output if isinstance(value, gn.Node) else value


class DiffersOnNodes(gn.Operation):
    """Gives something else when it gets nodes."""

    def _output(self):
        return self.input_ * (3.0 if isinstance(self.input_, np.ndarray) else 4.0)

    def _input_grad(self, output_grad):
        return output_grad * 3.0


class RandomOutput(gn.Operation):
    def _output(self):
        self.mask = np.random.default_rng().random(self.input_.shape) < 0.5
        return self.input_ * self.mask

    def _input_grad(self, output_grad):
        return output_grad * self.mask


class RandomGradient(gn.Operation):
    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        return output_grad * np.random.default_rng().normal(2, 1e-12)


class RandomWhenTraced(gn.Operation):
    """The same bits on arrays, another constant in each trace."""

    def _output(self):
        return self.input_ * 3.0

    def _input_grad(self, output_grad):
        noise = np.random.default_rng().random(self.input_.shape)
        return output_grad * 3.0 + noise * (output_grad > 1e9)


class OwnGenerator(gn.Operation):
    def __init__(self):
        self.rng = np.random.default_rng(0)

    def _output(self):
        return self.input_ * self.rng.random()

    def _input_grad(self, output_grad):
        return output_grad


class CountsCalls(gn.Operation):
    def __init__(self):
        self.calls = 0

    def _output(self):
        self.calls += 1
        return 2 * self.input_

    def _input_grad(self, output_grad):
        return 2 * output_grad


class AppendsToList(gn.Operation):
    def __init__(self):
        self.seen = []

    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        self.seen.append(1)
        return 2 * output_grad


class ChangesInput(gn.Operation):
    def _output(self):
        np.multiply(self.input_, 2, out=self.input_)
        return self.input_.copy()

    def _input_grad(self, output_grad):
        return 2 * output_grad


class ChangesOutputGrad(gn.Operation):
    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        output_grad *= 2
        return output_grad


class ChangesOutput(gn.Operation):
    def _output(self):
        return np.exp(self.input_)

    def _input_grad(self, output_grad):
        self.output[...] = 0
        return output_grad * np.exp(self.input_)


class UsesUpItsMask(gn.Operation):
    """Right once after each forward pass."""

    def _output(self):
        self.mask = self.input_ > 0
        return self.input_ * self.mask

    def _input_grad(self, output_grad):
        mask, self.mask = self.mask, np.zeros_like(self.mask)
        return output_grad * mask


class ReturnsItsBuffer(gn.Operation):
    def _output(self):
        buffer = BUFFERS.setdefault(self.input_.shape, np.empty(self.input_.shape))
        return np.multiply(self.input_, 2, out=buffer)

    def _input_grad(self, output_grad):
        return 2 * output_grad


BUFFERS = {}


class ReturnsItsGradientBuffer(gn.Operation):
    def _output(self):
        return 2 * self.input_

    def _input_grad(self, output_grad):
        buffer = BUFFERS.setdefault(output_grad.shape, np.empty(output_grad.shape))
        return np.multiply(output_grad, 2, out=buffer)


class CountsElsewhere(gn.Operation):
    """Remembers outside of itself how often it has run."""

    def _output(self):
        RUNS.append(1)
        return 2 * self.input_

    def _input_grad(self, output_grad):
        return output_grad * (2 + 1e-12 * len(RUNS))


RUNS = []


class OnlyWhenAlone(gn.Operation):
    """Forgets a factor where the first gradient is not wanted."""

    def _output(self):
        left, right = self.input_values
        return left * right

    def _input_grads(self, output_grad):
        left, right = self.input_values
        wanted = self.needs_input_grad
        return output_grad * right, output_grad * (left if wanted[0] else 1.0)


class Branches(gn.Operation):
    """Right, and cannot be traced: it branches on a value."""

    def _output(self):
        return self.input_ if np.sum(self.input_) > 0 else 2 * self.input_

    def _input_grad(self, output_grad):
        return output_grad if np.sum(self.input_) > 0 else 2 * output_grad
