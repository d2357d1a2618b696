"""Sample uses of sliding windows and of convolution."""

from cases.base import Case, numbers

from graphnn.ops import windows

LENGTHS = [(5, 3), (5, 2), (3, 5), (2, 5), (6, 4), (4, 4), (3, 1)]

CASES = [
    Case(lambda: windows.SlidingWindowView(3), (numbers(5),)),
    Case(lambda: windows.SlidingWindowView((2, 1)), (numbers(3, 2),)),
    Case(lambda: windows.SlidingWindowView(2, -1), (numbers(2, 3),)),
    Case(lambda: windows.SlidingWindowView((2, 3), (2, 0)), (numbers(4, 2, 3),)),
    Case(lambda: windows.SlidingWindowView((2, 2), (1, 1)), (numbers(2, 4),)),
    Case(lambda: windows.OverlapAdd((2,), (1,), (2, 3)), (numbers(2, 2, 2),)),
    Case(lambda: windows.OverlapAdd((2, 2), (1, 0), (3, 4)), (numbers(2, 3, 2, 2),)),
    *[
        Case(lambda cls=cls, m=m: cls(m), (numbers(a), numbers(b, seed=1)))
        for cls in (windows.Convolve, windows.Correlate)
        for m in ("full", "same", "valid")
        for a, b in LENGTHS
    ],
    Case(windows.Convolve, (numbers(), numbers(3, seed=1))),
]
