"""What is trained: parameters and data as NumPy arrays, the same for every peer.

A further workload is one file beside this one, a line in :data:`WORKLOADS`, and a step
in each peer that takes part.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from side_by_side.workloads import (
    chain,
    images,
    language,
    perceptrons,
    random_graph,
    sequences_of_rows,
)


class Workload(NamedTuple):
    """One thing to train."""

    title: str
    """A few words, for the head of a column."""
    details: str
    make: Callable[[bool], Any]
    """Give the task that peers start from; True: a short one, where there is one."""
    checked: int = 3
    """How many first losses are compared between peers."""


WORKLOADS = {
    "w1": Workload(
        "tiny network",
        "8-16-1, tanh, 16 rows, mean squared error, SGD",
        perceptrons.tiny,
    ),
    "w2": Workload(
        "digits",
        "784-256-128-10, relu, 128 rows, softmax cross-entropy, SGD",
        perceptrons.digits,
    ),
    "w3": Workload(
        "wide network",
        "1024-2048-2048-10, relu, 512 rows, softmax cross-entropy, SGD",
        perceptrons.wide,
    ),
    "w4": Workload(
        "CNN",
        "28 × 28; 5 × 5 × 16, 5 × 5 × 32, with relu, maximum over 2 × 2; 64 rows, SGD",
        images.convolutional,
    ),
    "w5": Workload(
        "LSTM",
        "hidden 128, 50 steps, 32 features, 32 rows, softmax cross-entropy, SGD",
        sequences_of_rows.lstm,
    ),
    "w6": Workload(
        "GPT",
        "2 blocks, width 128, 4 heads, 16 rows of 64 ids out of 64, Adam",
        language.gpt,
    ),
    "w7": Workload(
        "chain",
        "1,000 small operations in a row on 64 numbers, SGD",
        chain.chain,
    ),
    "w8": Workload(
        "random graph",
        "100,000 operations on 4 numbers each: build, forward, backward",
        random_graph.random_graph,
        checked=1,
    ),
}
