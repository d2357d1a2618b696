"""Functions of one and of several numbers, applied to each element."""

import numpy as np
from opinfo.table import counterpart, same

same(
    {
        "abs": np.abs,
        "acos": np.arccos,
        "acosh": np.arccosh,
        "angle": np.angle,
        "asin": np.arcsin,
        "asinh": np.arcsinh,
        "atan": np.arctan,
        "atanh": np.arctanh,
        "ceil": np.ceil,
        "conj": np.conj,
        "conj_physical": np.conjugate,
        "cos": np.cos,
        "cosh": np.cosh,
        "deg2rad": np.deg2rad,
        "exp": np.exp,
        "exp2": np.exp2,
        "expm1": np.expm1,
        "floor": np.floor,
        "i0": np.i0,
        "imag": np.imag,
        "isfinite": np.isfinite,
        "isinf": np.isinf,
        "isnan": np.isnan,
        "isneginf": np.isneginf,
        "isposinf": np.isposinf,
        "isreal": np.isreal,
        "log": np.log,
        "log10": np.log10,
        "log1p": np.log1p,
        "log2": np.log2,
        "logical_not": np.logical_not,
        "nan_to_num": np.nan_to_num,
        "neg": np.negative,
        "positive": np.positive,
        "rad2deg": np.rad2deg,
        "real": np.real,
        "reciprocal": np.reciprocal,
        "sgn": np.sign,
        "sign": np.sign,
        "signbit": np.signbit,
        "sin": np.sin,
        "sinc": np.sinc,
        "sinh": np.sinh,
        "sqrt": np.sqrt,
        "square": np.square,
        "tan": np.tan,
        "tanh": np.tanh,
        "trunc": np.trunc,
    }
)

same(
    {
        "__radd__": np.add,
        "__rmul__": np.multiply,
        "__rmatmul__": lambda x, y: np.matmul(y, x),
        "__rdiv__": lambda x, y: np.divide(y, x),
        "__rmod__": lambda x, y: np.remainder(y, x),
        "__rpow__": lambda x, y: np.power(y, x),
        "__rsub__": lambda x, y: np.subtract(y, x),
        "allclose": np.allclose,
        "atan2": np.arctan2,
        "clamp_max": np.minimum,
        "clamp_min": np.maximum,
        "copysign": np.copysign,
        "eq": np.equal,
        "equal": np.array_equal,
        "float_power": np.float_power,
        "floor_divide": np.floor_divide,
        "fmax": np.fmax,
        "fmin": np.fmin,
        "fmod": np.fmod,
        "ge": np.greater_equal,
        "gt": np.greater,
        "heaviside": np.heaviside,
        "hypot": np.hypot,
        "isclose": np.isclose,
        "le": np.less_equal,
        "logaddexp": np.logaddexp,
        "logaddexp2": np.logaddexp2,
        "logical_and": np.logical_and,
        "logical_or": np.logical_or,
        "logical_xor": np.logical_xor,
        "lt": np.less,
        "max/binary": np.maximum,
        "maximum": np.maximum,
        "min/binary": np.minimum,
        "minimum": np.minimum,
        "mul": np.multiply,
        "ne": np.not_equal,
        "nextafter": np.nextafter,
        "pow": np.power,
        "remainder": np.remainder,
        "true_divide": np.true_divide,
    }
)


@counterpart("round", "round/decimals_0", "round/decimals_3", "round/decimals_neg_3")
def round_(x, decimals=0):
    return np.round(x, decimals)


@counterpart("add")
def add(x, y, alpha=1):
    return x + y if alpha == 1 else np.add(x, alpha * y)


@counterpart("sub")
def subtract(x, y, alpha=1):
    return x - y if alpha == 1 else np.subtract(x, alpha * y)


@counterpart("rsub")
def reflected_subtract(x, y, alpha=1):
    return y - alpha * x


@counterpart("div/no_rounding_mode", "div/trunc_rounding", "div/floor_rounding")
def divide(x, y, rounding_mode=None):
    if rounding_mode == "floor":
        return np.floor_divide(x, y)
    return np.trunc(x / y) if rounding_mode == "trunc" else np.divide(x, y)


@counterpart("clamp")
def clip(x, low=None, high=None):
    return np.clip(x, low, high)


@counterpart("where")
def where(x, condition, other):
    return np.where(condition, x, other)


@counterpart("masked_fill")
def masked_fill(x, mask, value):
    return np.where(mask, value, x)


@counterpart("ldexp")
def ldexp(x, exponent):
    return x * np.exp2(exponent)


@counterpart("frexp")
def frexp(x):
    return np.frexp(x)


@counterpart("frac")
def fraction(x):
    return np.modf(x)[0]


# -- formulas of a few NumPy functions -------------------------------------------------
@counterpart("rsqrt")
def reciprocal_sqrt(x):
    return 1 / np.sqrt(x)


@counterpart("sigmoid")
def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@counterpart("logit")
def logit(x, eps=None):
    x = x if eps is None else np.clip(x, eps, 1 - eps)
    return np.log(x) - np.log1p(-x)


@counterpart("lerp")
def lerp(x, end, weight):
    return x + weight * (end - x)


@counterpart("addcmul")
def add_product(x, first, second, value=1):
    return x + value * first * second


@counterpart("addcdiv")
def add_quotient(x, first, second, value=1):
    return x + value * first / second


@counterpart("polar")
def polar(size, angle):
    return size * np.exp(1j * angle)


@counterpart("complex")
def complex_(real, imaginary):
    return real + 1j * imaginary


@counterpart("view_as_real")
def view_as_real(z):
    return np.stack([np.real(z), np.imag(z)], axis=-1)


@counterpart("view_as_complex")
def view_as_complex(x):
    return x[..., 0] + 1j * x[..., 1]


@counterpart("xlogy")
def x_log_y(x, y):
    return np.where(x == 0, 0.0, x * np.log(y))
