"""An operation with a parameter, made with a mistake; the checker finds it; it learns.

    python examples/03_custom_operation.py [folder for the picture]

The operation is Snake, x + sin(a x)^2 / a, which rises like a ReLU and swings while it
does. A network of it goes on with a rhythm where others end in a straight line (L.
Ziyin, T. Hartwig, M. Ueda, "Neural networks fail to learn periodic functions and how to
fix it", NeurIPS 2020). How fast each neuron swings, its `a`, is learned.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn


class Mistaken(gn.ParamOperation):
    """Snake, with a gradient of `a` that is easily written and wrong."""

    def _output(self) -> np.ndarray:
        return self.input_ + np.sin(self.param * self.input_) ** 2 / self.param

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad * (1.0 + np.sin(2.0 * self.param * self.input_))

    def _param_grad(self, output_grad: np.ndarray) -> np.ndarray:
        # the sine is differentiated by a; that a divides it as well is forgotten
        a, x = self.param, self.input_
        slope = x * np.sin(2.0 * a * x) / a
        return np.sum(output_grad * slope, axis=0, keepdims=True)  # a serves all rows


class Snake(Mistaken):
    """x + sin(a x)^2 / a, with an `a` for each column."""

    def _param_grad(self, output_grad: np.ndarray) -> np.ndarray:
        a, x = self.param, self.input_
        slope = x * np.sin(2.0 * a * x) / a - (np.sin(a * x) / a) ** 2
        return np.sum(output_grad * slope, axis=0, keepdims=True)


def truth(x: np.ndarray) -> np.ndarray:
    """Give what is to be learned: a slow rise and a rhythm."""
    return 0.2 * x + np.sin(2.0 * x)


def trained(name: str) -> gn.NeuralNetwork:
    """Train two layers with the activation on noisy points between -5 and 5."""
    rng = np.random.default_rng(0)
    X = rng.uniform(-5.0, 5.0, (300, 1))
    y = truth(X) + 0.1 * rng.standard_normal(X.shape)

    def activation() -> str | gn.Operation:
        return Snake(np.full((1, 64), 5.0)) if name == "snake" else name

    network = gn.NeuralNetwork(
        layers=[gn.Dense(64, activation()), gn.Dense(64, activation()), gn.Dense(1)],
        loss=gn.MeanSquaredError(),
        seed=1,
    )
    trainer = gn.Trainer(network, gn.Adam(lr=0.003))
    trainer.fit(X, y, epochs=300, batch_size=30, seed=1, verbose=False)
    return network


def main(folder: Path) -> None:
    """Check the gradients, then train, and see how the network goes on."""
    print("With a mistake:\n")
    print(gn.check_gradients(Mistaken(np.ones((1, 4))), raises=False))
    print("\nWithout it:\n")
    print(gn.check_gradients(Snake(np.ones((1, 4)))))

    print("\nTrained on points from -5 to 5, asked for -12 to 12; the typical error:\n")
    print("activation   inside  outside")
    x = np.linspace(-12.0, 12.0, 481)[:, np.newaxis]
    inside = np.abs(x) <= 5.0
    curves = {}
    for name in ["relu", "tanh", "snake"]:
        network = trained(name)
        curves[name] = network.predict(x)
        error = (curves[name] - truth(x)) ** 2
        rms = np.sqrt([error[inside].mean(), error[~inside].mean()])
        print(f"{name:10}  {rms[0]:7.3f}  {rms[1]:7.3f}")

    a = network.layers[0].operations[-1].param  # that of the last one, snake's
    print(f"\nAll 64 neurons began with a = 5; now: {a.min():.2f} to {a.max():.2f}.")
    draw(folder / "custom_operation.png", x, curves)


def draw(path: Path, x: np.ndarray, curves: dict[str, np.ndarray]) -> None:
    """Draw what the networks say beside the truth."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('\nNo picture without matplotlib: pip install "graphnn[plot]"')
        return
    figure = Figure(figsize=(8, 6), layout="constrained")
    for axes, (name, curve) in zip(
        figure.subplots(len(curves), sharex=True), curves.items(), strict=True
    ):
        axes.axvspan(-5, 5, color="0.93")
        axes.plot(x, truth(x), color="0.6", linewidth=3)
        axes.plot(x, curve, color="C3")
        axes.set(xlim=(-12, 12), ylim=(-5, 5), ylabel=name)
    axes.set_xlabel("grey: the truth, and the part that was trained on; red: learned")
    figure.savefig(path)
    print(f"\nDrawn: {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
