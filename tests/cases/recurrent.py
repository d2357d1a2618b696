"""Sample uses of what recurrences share."""

from cases.base import numbers

from graphnn.ops import recurrent

ABSTRACT = {recurrent.Recurrence}
CASES = []


def inputs(rows, steps, features, neurons, *, gates=1, parts=1, biases=(), lengths=()):
    """Draw the inputs of a recurrence; weights small enough for no gate to saturate."""
    columns = gates * neurons
    drawn = [numbers(rows, steps, features)]
    drawn += [numbers(rows, neurons, seed=1 + part) for part in range(parts)]
    drawn += [numbers(features, columns, seed=4) / 2]
    drawn += [numbers(neurons, columns, seed=5) / 2]
    drawn += [numbers(count, seed=6 + i) / 2 for i, count in enumerate(biases)]
    return (*drawn, *lengths)
