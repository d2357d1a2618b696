"""Sample uses of functions without a gradient."""

import numpy as np
from cases.base import Case, numbers

from graphnn.ops.discrete import Discrete
from graphnn.ops.elementary import Slot

CASES = [Case(lambda: Discrete(np.argmax, (Slot(0),), {"axis": 1}), (numbers(2, 3),))]
