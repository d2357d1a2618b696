"""Sample uses of exponentials and logarithms."""

from cases.base import Case, binary, numbers, positive, unary

from graphnn.ops import exponentials

CASES = [
    *unary(exponentials.Exp),
    *unary(exponentials.Exp2),
    *unary(exponentials.Expm1),
    *unary(exponentials.Log, positive),
    *unary(exponentials.Log2, positive),
    *unary(exponentials.Log10, positive),
    *unary(exponentials.Log1p, positive),
    *binary(exponentials.Logaddexp),
    *binary(exponentials.Logaddexp2),
    *[
        Case(lambda kw=kw: exponentials.LogSumExp2(**kw), (numbers(2, 3, 4),))
        for kw in ({}, {"axis": -1, "keepdims": True}, {"axis": (0, 2)})
    ],
]
