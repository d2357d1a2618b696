"""Regression: a straight line, a curve, and a curve that knows how sure it is.

    python examples/04_regression.py [folder for the picture]

The points are drawn around a known curve, with noise that grows to the right, so that
what is learned can be held against the truth. The last network gives two numbers for
each point, a mean and a spread; its loss is a function in plain NumPy (D. Nix, A.
Weigend, "Estimating the mean and variance of the target probability distribution",
ICNN 1994).
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn


def curve(x: np.ndarray) -> np.ndarray:
    """Give the truth."""
    return x + np.sin(3.0 * x)


def spread(x: np.ndarray) -> np.ndarray:
    """Give the standard deviation of the noise."""
    return 0.1 + 0.04 * x**2


def likelihood(prediction: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Give -log of the normal density at the target, up to a constant; its mean."""
    mean, log_spread = prediction[:, :1], prediction[:, 1:]
    deviation = (target - mean) / np.exp(log_spread)
    return np.mean(log_spread + 0.5 * deviation**2)


def main(folder: Path) -> None:
    """Fit the points three times; compare; draw."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0.0, 5.0, (1500, 1))
    y = curve(x) + spread(x) * rng.standard_normal(x.shape)
    X = x - 2.5  # networks like their inputs around 0

    line = gn.NeuralNetwork([gn.Dense(1)], loss=gn.MeanSquaredError(), seed=1)
    gn.Trainer(line, gn.SGD(lr=0.1)).fit(
        X, y, epochs=100, batch_size=1500, verbose=False
    )
    (weight, bias), _, _, _ = np.linalg.lstsq(np.c_[X, np.ones(1500)], y)
    print("A straight line, by gradient descent and by linear algebra:")
    print(f"  slope   {line.params()[0].item():.6f}  {weight.item():.6f}")
    print(f"  at 0    {line.params()[1].item():.6f}  {bias.item():.6f}")

    bend = gn.NeuralNetwork(
        layers=[gn.Dense(50, "tanh"), gn.Dense(50, "tanh"), gn.Dense(1)],
        loss=gn.MeanSquaredError(),
        seed=1,
    )
    sure = gn.NeuralNetwork(
        layers=[gn.Dense(50, "tanh"), gn.Dense(50, "tanh"), gn.Dense(2)],
        loss=likelihood,
        seed=1,
    )
    for network in [bend, sure]:
        # 200 epochs of 15 batches; towards the end smaller and smaller steps
        rate = gn.CosineSchedule(0.01, steps=3000)
        gn.Trainer(network, gn.Adam(rate)).fit(
            X, y, epochs=200, batch_size=100, seed=1, verbose=False
        )

    new = np.linspace(0.0, 5.0, 501)[:, np.newaxis]
    scaled = new - 2.5
    mean, log_spread = np.split(sure.predict(scaled), 2, axis=1)
    learned = {
        "line": line.predict(scaled),
        "curve": bend.predict(scaled),
        "curve with spread": mean,
    }
    print(
        "\nThe typical distance from the truth, where the noise is small and large:\n"
    )
    print(f"{'':20}{'x < 2.5':>8}{'x > 2.5':>9}")
    left = new < 2.5
    for name, values in learned.items():
        error = (values - curve(new)) ** 2
        rms = np.sqrt([error[left].mean(), error[~left].mean()])
        print(f"{name:20}{rms[0]:8.3f}{rms[1]:9.3f}")

    print("\nHow sure it is:\n\n  x    spread  learned")
    for i in range(0, 501, 100):
        width = np.exp(log_spread[i]).item()
        print(f"{new[i].item():4.1f}  {spread(new[i]).item():7.3f}  {width:7.3f}")
    fresh = curve(new) + spread(new) * rng.standard_normal(new.shape)
    for widths, expected in [(1, 0.683), (2, 0.954)]:
        inside = np.abs(fresh - mean) < widths * np.exp(log_spread)
        print(f"\nNew points within {widths} spreads: {inside.mean():.1%}", end="")
        print(f" (of a normal distribution {expected:.1%})", end="")
    print()
    draw(folder / "regression.png", x, y, new, learned, np.exp(log_spread))


def draw(
    path: Path,
    x: np.ndarray,
    y: np.ndarray,
    new: np.ndarray,
    learned: dict[str, np.ndarray],
    width: np.ndarray,
) -> None:
    """Draw the points, the truth, and what was learned."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('\nNo picture without matplotlib: pip install "graphnn[plot]"')
        return
    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot(x, y, ".", color="0.7", markersize=3)
    axes.plot(new, curve(new), color="black", linewidth=1, label="truth")
    axes.plot(new, learned["line"], color="C0", label="line")
    mean = learned["curve with spread"]
    axes.plot(new, mean, color="C3", label="curve with spread")
    for widths in [1, 2]:
        low, high = mean - widths * width, mean + widths * width
        axes.fill_between(new[:, 0], low[:, 0], high[:, 0], color="C3", alpha=0.15)
    axes.set(xlabel="x", ylabel="y", xlim=(0, 5))
    axes.legend(loc="upper left")
    figure.savefig(path)
    print(f"\nDrawn: {path}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
