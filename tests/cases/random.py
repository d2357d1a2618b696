"""Dropout outside training; the noise itself is tested in tests/nn/test_dropout.py."""

import numpy as np
from cases.base import Case, numbers

import graphnn as gn
from graphnn.ops.random import Dropout, RandomUniform

CASES = [Case(lambda: Dropout(0.5, 3, gn.State(np.int64(0))), (numbers(2, 3),))]
ABSTRACT = {RandomUniform}  # of a whole number: there is nothing to differentiate by
