"""Uses of NumPy functions that PyTorch has not, or not with these arguments.

Each is an expression in ``xp``, which is NumPy for graphnn and jax.numpy for JAX.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

USES = []


class Use(NamedTuple):
    """An expression and the arrays that it is a function of.

    `first_only` says why second derivatives are not compared, `refuses` what graphnn
    says where it has no such operation. Without `jit` JAX is not asked to compile.
    """

    name: str
    expression: Callable
    arrays: tuple
    rtol: float = 1e-9
    atol: float = 1e-10
    first_only: str = ""
    refuses: str = ""
    jit: bool = True

    def __str__(self):
        return self.name


def use(name, expression, *arrays, **settings):
    """Register a use."""
    assert name not in {other.name for other in USES}, f"{name} is there twice"
    USES.append(Use(name, expression, arrays, **settings))


def uses(name, variants, *arrays, **settings):
    """Register several expressions in the same arrays, numbered."""
    for number, expression in enumerate(variants, 1):
        use(f"{name} {number}", expression, *arrays, **settings)


def real(*shape, seed=0):
    """Draw numbers between -2 and 2, all different and none near 0."""
    rng = np.random.default_rng([seed, *shape])
    size = int(np.prod(shape))
    values = np.linspace(0.2, 2, size) * rng.choice([-1, 1], size)
    return rng.permutation(values).reshape(shape)


def positive(*shape, seed=0):
    """Draw numbers between 0.2 and 2."""
    return np.abs(real(*shape, seed=seed))


def complex_(*shape, seed=0):
    """Draw complex numbers."""
    return real(*shape, seed=seed) + 1j * real(*shape, seed=seed + 100)


MASK = np.array([[True, False, True], [True, True, False]])
