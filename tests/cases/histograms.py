"""Sample uses of histograms."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops import histograms

EDGES = np.array([-1.5, -0.5, 0.0, 1.0])

CASES = [
    Case(histograms.HistogramEdges, (numbers(7),)),
    Case(lambda: histograms.HistogramEdges(3), (numbers(2, 3),)),
    Case(lambda: histograms.HistogramEdges("sturges"), (numbers(9),)),
    Case(
        lambda: histograms.Histogram(("weights",), bins=4),
        (numbers(2, 5), numbers(2, 5, seed=1)),
    ),
    Case(
        lambda: histograms.Histogram(("weights",), bins=3, between=(-1, 1)),
        (numbers(8), numbers(8, seed=1)),
    ),
    Case(
        lambda: histograms.Histogram(("bins", "weights")),
        (numbers(2, 5), EDGES, numbers(2, 5, seed=1)),
    ),
    Case(lambda: histograms.Histogram(bins=EDGES), (numbers(6),)),
]
