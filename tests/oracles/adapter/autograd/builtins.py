"""Containers are Python's own: graphnn has nodes in them, not nodes of them."""

import builtins

import numpy as np

import graphnn as gn

dict = builtins.dict
list = builtins.list
tuple = builtins.tuple


def isinstance(value, types):
    """Take a node for the array that it stands for."""
    if builtins.isinstance(value, gn.Node):
        value = value.output
    return builtins.isinstance(value, types)


def type(value):
    """Give the type of the array that a node stands for."""
    return np.ndarray if builtins.isinstance(value, gn.Node) else builtins.type(value)
