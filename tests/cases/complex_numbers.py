"""Sample uses of functions of complex numbers, here of real ones.

The registry's checks move real inputs; the complex ones are in the family's tests.
"""

from cases.base import unary

from graphnn.ops import complex_numbers

CASES = [
    *unary(complex_numbers.Real),
    *unary(complex_numbers.Imag),
    *unary(complex_numbers.Conjugate),
    *unary(complex_numbers.Angle),
    *unary(lambda: complex_numbers.Angle(deg=True)),
    *unary(complex_numbers.RealIfClose),
]
