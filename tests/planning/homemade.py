"""Operations as users write them: with residuals, and in ways that no trace sees."""

import numpy as np

import graphnn as gn


class Masked(gn.Operation):
    """A residual of the forward pass."""

    def _output(self):
        self.mask = self.input_ > 0
        return self.input_ * self.mask

    def _input_grad(self, output_grad):
        return output_grad * self.mask


class Ones(gn.Operation):
    """The book's gradient of a sum."""

    def _output(self):
        return self.input_ + 1.0

    def _input_grad(self, output_grad):
        return np.ones_like(self.input_) * output_grad


class OnesOfAnotherLayout(gn.Operation):
    def _output(self):
        x = self.input_
        return np.sum(np.ones(x.shape[::-1], x.dtype) * x.T)

    def _input_grad(self, output_grad):
        return np.ones_like(self.input_) * output_grad


class Turned(gn.Operation):
    """Views of what the hooks are given."""

    def _output(self):
        return self.input_.T

    def _input_grad(self, output_grad):
        return output_grad.T


class Same(gn.Operation):
    """What the hooks are given, as it is."""

    def _output(self):
        return self.input_

    def _input_grad(self, output_grad):
        return output_grad


class Backwards(gn.Operation):
    """A view with negative strides."""

    def _output(self):
        return self.input_[..., ::-1]

    def _input_grad(self, output_grad):
        return output_grad[..., ::-1]


class Scalars(gn.Operation):
    """NumPy scalars, whose powers are other functions than those of arrays."""

    def _output(self):
        self.total = np.sum(np.abs(self.input_))
        return self.input_ * (self.total**2 + self.total**0.5)

    def _input_grad(self, output_grad):
        return output_grad * (self.total**2 + self.total**0.5)


class Rows(gn.Operation):
    """A loop over the rows."""

    def _output(self):
        return np.stack([row * 2.0 for row in np.atleast_1d(self.input_)])

    def _input_grad(self, output_grad):
        return np.reshape(output_grad * 2.0, self.input_.shape)


class Wide(gn.Operation):
    """A gradient in another precision than the value's."""

    def _output(self):
        return self.input_ * 3.0

    def _input_grad(self, output_grad):
        return output_grad.astype(np.float64) * np.float64(1 / 3)


class Product(gn.Operation):
    """The engine sums the gradients of what was broadcast."""

    broadcasts = True

    def _output(self):
        one, other = self.input_values
        return one * other

    def _input_grads(self, output_grad):
        one, other = self.input_values
        return output_grad * other, output_grad * one


class Both(gn.Operation):
    """Several outputs."""

    def _output(self):
        self.squared = self.input_ * self.input_
        return self.squared + 1.0, np.sum(self.squared, axis=-1)

    def _input_grads(self, output_grad):
        one, other = output_grad
        return ((one + np.expand_dims(other, -1)) * 2.0 * self.input_,)


class Lists(gn.Operation):
    """Residuals in a list and a dict."""

    def _output(self):
        self.parts = [np.tanh(self.input_), {"square": self.input_**2}]
        return self.parts[0] + self.parts[1]["square"]

    def _input_grad(self, output_grad):
        tanh, kept = self.parts
        return output_grad * (1 - tanh * tanh + 0 * kept["square"] + 2 * self.input_)


# -- what cannot be traced -------------------------------------------------------------
class InPlace(gn.Operation):
    """A change of an array of its own."""

    def _output(self):
        out = np.zeros(self.input_.shape, self.input_.dtype)
        out[...] = self.input_
        out *= 2.0
        return out

    def _input_grad(self, output_grad):
        grad = np.zeros_like(self.input_)
        grad[...] = output_grad
        grad += output_grad
        return grad


class InPlaceOfCopy(gn.Operation):
    """A change of a copy."""

    def _output(self):
        out = self.input_.copy()
        out += 1.0
        return out

    def _input_grad(self, output_grad):
        return output_grad


class Branching(gn.Operation):
    """A branch on a value."""

    def _output(self):
        return self.input_ if np.sum(self.input_) > 0 else -self.input_

    def _input_grad(self, output_grad):
        return output_grad if self.input_.sum() > 0 else -output_grad


class BranchingBack(gn.Operation):
    """A branch on a value in the backward pass only."""

    def _output(self):
        return np.abs(self.input_)

    def _input_grad(self, output_grad):
        if (self.input_ > 0).all():
            return output_grad
        return output_grad * np.sign(self.input_)


class Number(gn.Operation):
    """A value as a plain number."""

    def _output(self):
        return self.input_ * float(np.sum(self.input_))

    def _input_grad(self, output_grad):
        return output_grad * self.input_.sum().item()


class Array(gn.Operation):
    """NumPy sees an array, and hides it."""

    def _output(self):
        return np.asarray(self.input_) * 2.0

    def _input_grad(self, output_grad):
        return np.array(output_grad) * 2.0


class Counted(gn.Operation):
    """A size that a value decides."""

    def _output(self):
        positive = self.input_[self.input_ > 0]
        return self.input_ / max(positive.size, 1)

    def _input_grad(self, output_grad):
        return output_grad / max(len(np.flatnonzero(self.input_ > 0)), 1)


class Asking(gn.Operation):
    """What is no array is treated in another way."""

    def _output(self):
        if not isinstance(self.input_, np.ndarray):
            return self.input_ * 1.0
        return self.input_ * 1.0 if self.input_.sum() > 0 else self.input_ * -1.0

    def _input_grad(self, output_grad):
        return output_grad


UNARY = [Masked, Ones, OnesOfAnotherLayout, Turned, Same, Scalars, Rows, Wide, Lists]
UNARY += [InPlace, InPlaceOfCopy, Branching, BranchingBack, Number, Array, Counted]
WITH_AXES = [Backwards, Both]
