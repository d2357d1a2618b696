"""The types that all of this is written in."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]

Step = Callable[[], float]
"""One whole training step (forward, loss, backward, update); returns the loss."""

Steps = dict[str, Callable[[Any], Step]]
"""What a peer offers: for the name of a workload, what makes its step from the task."""
