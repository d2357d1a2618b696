"""Sample uses of Fourier transforms, here of real numbers."""

from functools import partial

from cases.base import Case, numbers

from graphnn.ops import fft

ABSTRACT = {fft.Fourier, fft.RealToHalf, fft.HalfToReal}

ONE = [{}, {"sizes": 3}, {"sizes": 7, "norm": "ortho"}, {"axes": 0, "norm": "forward"}]
SEVERAL = [
    {"axes": None},
    {"axes": (0, -1), "sizes": (3, 3)},
    {"axes": (-1, 0), "sizes": (6, -1), "norm": "ortho"},
    {"axes": (1,), "norm": "forward"},
]

CASES = [
    *[
        Case(partial(cls, **settings), (numbers(*shape),))
        for cls in (fft.Fft, fft.Ifft, fft.Rfft, fft.Irfft)
        for settings in ONE
        for shape in ((2, 5), (2, 2, 4))
    ],
    *[
        Case(partial(cls, **settings), (numbers(2, 3, 4),))
        for cls in (fft.Fftn, fft.Ifftn, fft.Rfftn, fft.Irfftn)
        for settings in SEVERAL
    ],
]
