"""Stepping through an earlier iteration of a training."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary, ref

from graphnn.debug.stepper import Stepper

if TYPE_CHECKING:
    from graphnn.nn.network import NeuralNetwork
    from graphnn.train.recent import Iteration


class Rewound(Stepper):
    """A stepper for whose time a network has the parameters of an earlier iteration."""

    leaving: ExitStack | None = None

    def close(self) -> None:
        """Leave the network as it was, with the parameters of now."""
        super().close()
        if self.leaving is not None:
            self.leaving.close()


def rewound(iteration: Iteration) -> Rewound:
    """Step through an iteration; see :meth:`Iteration.stepper`."""
    earlier = OPEN.pop(iteration.network, lambda: None)()
    if earlier is not None:
        earlier.close()
    with ExitStack() as stack:
        network = stack.enter_context(iteration.restored())
        batch = iteration.X, iteration.y
        stepper = Rewound.of_network(network, *batch, training=iteration.training)
        for guard in iteration.guards:
            stepper.breakpoints.guard(guard)
        stepper.leaving = stack.pop_all()
    OPEN[network] = ref(stepper)
    return stepper


OPEN: WeakKeyDictionary[NeuralNetwork, ref[Rewound]] = WeakKeyDictionary()
"""By network, the stepper that was made last: two would take each other's parameters
for those of now."""
