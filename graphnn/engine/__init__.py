"""The walk: a topological order, a pass forwards and a pass backwards.

The engine sees nodes through the small protocol of :mod:`graphnn.engine.node` and does
not know whether the values that it hands from node to node are arrays or nodes.
"""

from graphnn.engine.groups import reverse_long_runs
from graphnn.engine.node import Node
from graphnn.engine.order import order
from graphnn.engine.passes import forward, needed, reverse
from graphnn.engine.steps import Step

__all__ = ["Node", "Step", "forward", "needed", "order", "reverse", "reverse_long_runs"]
