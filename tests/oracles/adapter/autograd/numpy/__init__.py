"""NumPy, with what cannot go through NumPy's protocols replaced.

A list with nodes in it is no node: ``np.array``, and functions of one array that are
given such a list, never reach the table of operations.
"""

import builtins as _builtins  # NumPy has an `any` of its own

import numpy as _np
from autograd.numpy import linalg as _linalg
from autograd.numpy import random as _random
from numpy import *  # noqa: F403
from numpy import __version__  # noqa: F401

import graphnn as _gn

linalg, random = _linalg, _random  # not NumPy's own, which came with the rest


def _holds_nodes(value):
    if isinstance(value, list | tuple):
        return _builtins.any(_holds_nodes(part) for part in value)
    return isinstance(value, _gn.Node)


def array(value, *arguments, **settings):
    """Stack lists that have nodes in them."""
    if isinstance(value, _gn.Node):
        return _np.copy(value)
    if not _holds_nodes(value):
        return _np.array(value, *arguments, **settings)
    return _np.stack([array(part) for part in value])


def _of_lists(function):
    def wrapped(value, *arguments, **settings):
        value = array(value) if _holds_nodes(value) else value
        return function(value, *arguments, **settings)

    return wrapped


mean, std, var = _of_lists(_np.mean), _of_lists(_np.std), _of_lists(_np.var)
row_stack = _np.vstack


def make_diagonal(D, offset=0, axis1=0, axis2=1):
    """Put vectors on the diagonals of matrices; HIPS adds it to NumPy's functions."""
    assert (offset, axis1, axis2) == (0, -1, -2)
    return D[..., None] * _np.eye(D.shape[-1])


def _integer(kind):
    class Integer(kind):
        """An integer dtype that also casts nodes, which then have no gradient."""

        def __new__(cls, value=0):
            return kind(value.output if isinstance(value, _gn.Node) else value)

    return Integer


int64 = _integer(_np.int64)


class _Joined:
    """``np.r_`` and ``np.c_`` of arrays and slices; NumPy's make arrays of all."""

    def __init__(self, columns):
        self.columns = columns

    def __getitem__(self, items):
        items = items if isinstance(items, tuple) else (items,)
        parts = [_np.r_[i] if isinstance(i, slice) else i for i in items]
        if self.columns:
            return _np.column_stack(parts)
        return _np.concatenate([_np.atleast_1d(part) for part in parts])


r_, c_ = _Joined(False), _Joined(True)
