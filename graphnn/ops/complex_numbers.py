"""Complex numbers: their parts, conjugates and angles.

The gradient of a real loss L by z = x + iy is dL/dx - i dL/dy, so that L moves by
Re(gradient * dz). Where a value is real, the engine takes the real part.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from graphnn.graph.dispatch import implements
from graphnn.ops.discrete import without_gradient
from graphnn.ops.elementary import Unary


def is_complex(value: Any) -> bool:
    """Tell the values of complex dtypes."""
    return bool(np.result_type(value).kind == "c")


class Real(Unary):
    """The real part; of real numbers, they themselves."""

    function = staticmethod(np.real)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


class Imag(Unary):
    """The imaginary part; of real numbers 0, without a gradient."""

    function = staticmethod(np.imag)

    def _input_grad(self, output_grad: Any) -> Any:
        return -1j * output_grad if is_complex(self.input_) else None


class Conjugate(Unary):
    """The complex conjugate; of real numbers, they themselves."""

    function = np.conjugate

    def _input_grad(self, output_grad: Any) -> Any:
        return np.conjugate(output_grad) if is_complex(self.input_) else output_grad


class Angle(Unary):
    """The angle of a complex number; of real numbers 0 or pi, without a gradient.

    It is the imaginary part of log(z); gradient 0 at 0.

    Parameters
    ----------
    deg : bool
        In degrees.
    """

    function = staticmethod(np.angle)
    plain = False

    def __init__(self, deg: bool = False) -> None:
        self.deg = bool(deg)

    def _output(self) -> Any:
        return np.angle(self.input_, self.deg)

    def _input_grad(self, output_grad: Any) -> Any:
        if not is_complex(self.input_):
            return None
        unit = 180.0 / math.pi if self.deg else 1.0
        at_0 = self.input_ == 0
        turned = output_grad * (-1j * unit) / np.where(at_0, 1, self.input_)
        return np.where(at_0, 0, turned)


class RealIfClose(Unary):
    """Complex numbers made real if all imaginary parts are nearly 0.

    Parameters
    ----------
    tol : float
        How near, in units of the precision if above 1.
    """

    function = staticmethod(np.real_if_close)
    plain = False

    def __init__(self, tol: float = 100) -> None:
        self.tol = tol

    def _output(self) -> Any:
        return np.real_if_close(self.input_, self.tol)

    def _input_grad(self, output_grad: Any) -> Any:
        return output_grad


@implements(np.angle)
def angle(z: Any, deg: bool = False) -> Any:
    """Make the node for ``np.angle``."""
    return Angle(deg)(z)


@implements(np.real_if_close)
def real_if_close(a: Any, tol: float = 100) -> Any:
    """Make the node for ``np.real_if_close``."""
    return RealIfClose(tol)(a)


without_gradient(np.iscomplex, np.isreal)


# -- what the dtype alone decides is an answer, not a node -----------------------------
@implements(np.iscomplexobj)
def iscomplexobj(x: Any) -> bool:
    """Answer ``np.iscomplexobj``."""
    x._need_value("np.iscomplexobj")
    return is_complex(x)


@implements(np.isrealobj)
def isrealobj(x: Any) -> bool:
    """Answer ``np.isrealobj``."""
    x._need_value("np.isrealobj")
    return not is_complex(x)
