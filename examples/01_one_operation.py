"""An operation of your own: forward, backward, proved, drawn.

    python examples/01_one_operation.py [folder for the picture]

An operation is two NumPy formulas. Everything else (the graph, the topological walk,
the sums where a value is used twice) is read off from them.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn


class Softplus(gn.Operation):
    """log(1 + e^x), a ReLU with a rounded corner."""

    def _output(self) -> np.ndarray:
        # logaddexp(0, x) is log(e^0 + e^x), without overflow for large x
        return np.logaddexp(0.0, self.input_)

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad / (1.0 + np.exp(-self.input_))


def main(folder: Path) -> None:
    """Run the operation by itself, then as a node among others."""
    print("By itself, as in the notebook: arrays in, arrays out")
    softplus = Softplus()
    print("  forward ", softplus.forward(np.array([-1.0, 0.0, 1.0])))
    print("  backward", softplus.backward(np.array([1.0, 1.0, 1.0])))

    print("\nIn a graph, among NumPy's functions: sum((x * softplus(x) + x) ** 2)")
    x = gn.Parameter(np.array([-1.0, 0.0, 1.0]), name="x")
    loss = np.sum((x * Softplus()(x) + x) ** 2)
    loss.backward()
    print("  loss    ", loss.output)
    print("  gradient", x.grad)

    print("\nProved: each gradient against central differences, to second order")
    print(gn.check_gradients(Softplus()))

    path = folder / "one_operation.svg"
    loss.graph.draw(path)
    print(f"\nDrawn: {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
