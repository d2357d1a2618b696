"""Lists, tuples and dicts of values, nested or not."""

import numpy as np


def leaves(tree):
    """List the values from left to right."""
    if isinstance(tree, dict):
        tree = list(tree.values())
    if not isinstance(tree, list | tuple):
        return [tree]
    return [leaf for part in tree for leaf in leaves(part)]


def mapped(function, tree):
    """Apply a function to every value."""
    if isinstance(tree, dict):
        return {key: mapped(function, part) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)([mapped(function, part) for part in tree])
    return function(tree)


def lists_as_arrays(tree):
    """Make arrays of lists of numbers, as graphnn does with arguments."""
    if isinstance(tree, list) and not any(hasattr(x, "shape") for x in leaves(tree)):
        return np.asarray(tree) * 1.0
    if isinstance(tree, tuple):
        return tuple([lists_as_arrays(part) for part in tree])
    return tree
