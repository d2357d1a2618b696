"""Functions applied to each element, and choices between elements."""

import numpy as np
from jaxnumpy.table import MASK, complex_, positive, real, use, uses

for name in (
    "absolute",
    "arccos",
    "arcsin",
    "arctan",
    "arctanh",
    "cbrt",
    "conjugate",
    "degrees",
    "exp2",
    "expm1",
    "fabs",
    "negative",
    "radians",
    "sign",
    "sinc",
    "tan",
):
    use(name, lambda xp, x, name=name: getattr(xp, name)(x), real(2, 3) * 0.45)

for name in (
    "abs",
    "angle",
    "arcsinh",
    "arctan",
    "cos",
    "cosh",
    "exp",
    "exp2",
    "expm1",
    "imag",
    "log",
    "log10",
    "log1p",
    "log2",
    "negative",
    "real",
    "reciprocal",
    "sin",
    "sinh",
    "sqrt",
    "square",
    "tan",
    "tanh",
):
    use(
        f"{name}, complex",
        lambda xp, x, name=name: getattr(xp, name)(x),
        complex_(2, 3),
    )

use(  # JAX's derivative has the wrong sign where the real part is negative
    "arccosh, complex",
    lambda xp, x: xp.arccosh(x),
    positive(2, 3) + 1j * real(2, 3, seed=1),
)

for name in ("add", "divide", "multiply", "power", "subtract"):
    use(
        f"{name}, complex and real",
        lambda xp, x, y, name=name: getattr(xp, name)(x, y),
        complex_(2, 1, seed=1),
        positive(3),
    )
    use(
        f"{name}, real and complex",
        lambda xp, x, y, name=name: getattr(xp, name)(x, y),
        positive(3),
        complex_(2, 1, seed=1),
    )

for name in ("floor", "ceil", "rint", "trunc"):
    use(name, lambda xp, x, name=name: x * getattr(xp, name)(x), real(2, 3))

uses(
    "angle",
    [lambda xp, z: xp.angle(z, deg=True), lambda xp, z: xp.angle(z * z)],
    complex_(2, 3),
)
uses(
    "clip",
    [
        lambda xp, x: xp.clip(x, -0.5, 1.5),
        lambda xp, x: xp.clip(x, min=-0.5),
        lambda xp, x: xp.clip(x, max=0.7),
        lambda xp, x: xp.clip(x, None, np.array([0.1, 0.2, 0.3])),
    ],
    real(2, 3),
)
use("divmod", lambda xp, x, y: xp.divmod(x, y), real(2, 3), positive(3, seed=1) + 1)
use("float_power", lambda xp, x, y: xp.float_power(x, y), positive(2, 3), real(3))
use("heaviside", lambda xp, x: x * xp.heaviside(x, 0.5), real(2, 3))
use("hypot", lambda xp, x, y: xp.hypot(x, y), real(2, 3), 1.1 * real(2, 1, seed=1))
use("ldexp", lambda xp, x: xp.ldexp(x, np.array([1, -2, 3])), real(2, 3))
use("modf", lambda xp, x: xp.modf(x), real(2, 3))
use("nan_to_num", lambda xp, x: xp.nan_to_num(x + NAN, nan=1.0, posinf=2.0), real(4))
use("real_if_close", lambda xp, x: xp.real(x + 0j), real(4))
use("x ** 2, x ** 0.5, 2 ** x", lambda xp, x: x**2 + x**0.5 + 2**x, positive(2, 3))
use("x % y", lambda xp, x, y: x % y, real(2, 3), positive(3, seed=2))
use("x // y", lambda xp, x, y: x * (x // y), real(2, 3), positive(3, seed=2))
use("abs(x) * (x > 0)", lambda xp, x: abs(x) * (x > 0), real(2, 3))
use("unwrap", lambda xp, x: xp.unwrap(4 * x), real(6))
use("unwrap, axis and period", lambda xp, x: xp.unwrap(x, axis=0, period=2), real(4, 3))

NAN = np.array([0.0, np.nan, np.inf, -np.inf])

uses(
    "where",
    [
        lambda xp, x, y: xp.where(MASK, x, y),
        lambda xp, x, y: xp.where(MASK, x, 1.0) + xp.where(MASK, 0.0, y),
        lambda xp, x, y: xp.where(x > y, x, y),
    ],
    real(2, 3),
    real(3, seed=1),
)
use(
    "select",
    lambda xp, x, y: xp.select([x > 0.5, x < -0.5], [x * y, x**2], 0.25),
    real(2, 3),
    real(2, 3, seed=1),
)
use(
    "piecewise",
    lambda xp, x: xp.piecewise(
        x, [x < 0, x >= 1], [lambda v: v**2, lambda v: xp.sin(v), lambda v: 3 * v]
    ),
    real(7),
    refuses="np.where",
)
use(
    "choose",
    lambda xp, x, y: xp.choose(np.array([0, 1, 1]), [x, y], mode="clip"),
    real(3),
    real(3, seed=1),
)
POINTS = np.array([0, 1.5, 2])

uses(
    "interp",
    [
        lambda xp, x, f: xp.interp(np.array([0.1, 1.7, 5.0]), POINTS, f),
        lambda xp, x, f: xp.interp(2 * x, POINTS, f, left=0.0, right=1.0),
        lambda xp, x, f: xp.interp(0.6, xp.cumsum(x**2), f),
    ],
    real(3, seed=1),
    real(3),
)
use("polyval", lambda xp, p, x: xp.polyval(p, x), real(4), real(3, seed=1))
for name in ("polyadd", "polysub", "polymul"):
    use(
        name,
        lambda xp, p, q, n=name: getattr(xp, n)(p, q),
        real(4),
        real(3, seed=1),
        refuses=f"no operation for np.{name}",
    )
for name in ("polyder", "polyint"):
    use(
        name,
        lambda xp, p, n=name: getattr(xp, n)(p),
        real(4),
        refuses=f"no operation for np.{name}",
    )
use("vander", lambda xp, x: xp.vander(x, 3, increasing=True), real(4))
