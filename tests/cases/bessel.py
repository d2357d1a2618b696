"""Sample uses of the modified Bessel functions."""

from cases.base import unary

from graphnn.ops import bessel

CASES = [
    *unary(bessel.I0),
    *unary(lambda: bessel.BesselI(0)),
    *unary(lambda: bessel.BesselI(1)),
    *unary(lambda: bessel.BesselI(2)),
]
