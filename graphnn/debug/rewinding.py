"""Stepping through an earlier iteration of a training."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from graphnn.debug.stepper import Stepper

if TYPE_CHECKING:
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
    with ExitStack() as stack:
        network = stack.enter_context(iteration.restored())
        batch = iteration.X, iteration.y
        stepper = Rewound.of_network(network, *batch, training=iteration.training)
        for guard in iteration.guards:
            stepper.breakpoints.guard(guard)
        stepper.leaving = stack.pop_all()
    return stepper
