"""Lists, tuples and dicts with arrays in them."""


def tree_map(function, value):
    """Apply a function to all that is no list, tuple, dict or slice."""
    if isinstance(value, dict):
        return {key: tree_map(function, part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        parts = [tree_map(function, part) for part in value]
        return parts if isinstance(value, list) else tuple(parts)
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return slice(*[tree_map(function, end) for end in ends])
    return function(value)


def leaves(value):
    """List what a tree holds, without the Nones."""
    found = []
    tree_map(found.append, value)
    return [leaf for leaf in found if leaf is not None]
