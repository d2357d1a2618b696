"""Sample uses of the error function."""

from cases.base import unary

from graphnn.ops import error_function

CASES = [*unary(error_function.Erf), *unary(error_function.Erfc)]
