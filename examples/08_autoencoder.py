"""An autoencoder: each image becomes two numbers, and an image again.

    python examples/08_autoencoder.py [folder for the pictures]

The network has to say what it sees, and what it sees must pass a layer of two neurons:
so it finds two numbers that describe a digit best. The best that a linear network can
do is known, principal component analysis, and stands beside it (H. Bourlard, Y. Kamp,
"Auto-association by multilayer perceptrons and singular value decomposition",
Biological Cybernetics 59, 1988).
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import digits

SHADES = np.array(list(" .:-=+*#%@"))


def principal_components(train: np.ndarray, test: np.ndarray, k: int) -> np.ndarray:
    """Describe each image by k numbers, linearly, and give back what that keeps."""
    mean = train.mean(axis=0)
    _, _, directions = np.linalg.svd(train - mean, full_matrices=False)
    return (test - mean) @ directions[:k].T @ directions[:k] + mean


def print_images(*rows: np.ndarray) -> None:
    """Print images of 64 numbers from 0 to 1 beside each other, in rows."""
    for row in rows:
        lines = (np.clip(row, 0, 0.999) * 10).astype(int).reshape(-1, 8, 8)
        for line in SHADES[lines.transpose(1, 0, 2).repeat(2, axis=2)]:
            print("   ".join("".join(part) for part in line))
        print()


def main(folder: Path) -> None:
    """Train, look at what comes out, and at the plane between the two halves."""
    X, y = digits()
    X = X / 16
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1437], rows[1437:]

    # Two layers of layers, so that each half can be used by itself afterwards.
    encoder = gn.Sequential(gn.Dense(128, "tanh"), gn.Dense(64, "tanh"), gn.Dense(2))
    decoder = gn.Sequential(
        gn.Dense(64, "tanh"), gn.Dense(128, "tanh"), gn.Dense(64, "sigmoid")
    )
    encoder.name, decoder.name = "encoder", "decoder"
    network = gn.NeuralNetwork([encoder, decoder], gn.MeanSquaredError(), seed=1)
    trainer = gn.Trainer(network, gn.Adam(lr=0.003))
    trainer.fit(  # the target is the image itself
        X[train], X[train], X[test], X[test], epochs=60, eval_every=10, seed=1
    )

    seen = network.predict(X[test])
    print("\nMean squared error of a pixel, on images that it was not trained on:\n")
    print(f"  two numbers, by the network      {np.mean((seen - X[test]) ** 2):.4f}")
    for k in [2, 4, 6, 8]:
        kept = principal_components(X[train], X[test], k)
        error = np.mean((kept - X[test]) ** 2)
        print(f"  {k} numbers, principal components  {error:.4f}")

    print(
        "\nThe image; what the network makes of it; what two components make of it:\n"
    )
    some = [np.flatnonzero(y[test] == digit)[0] for digit in [0, 2, 3, 4, 6]]
    linear = principal_components(X[train], X[test], 2)
    print_images(X[test][some], seen[some], linear[some])

    codes = encoder.forward(X[test])
    print("From a 0 to a 6 to a 4, halfway in the plane in between:\n")
    places = [codes[some[i]] for i in [0, 4, 3]]
    way = [places[0], (places[0] + places[1]) / 2, places[1]]
    way += [(places[1] + places[2]) / 2, places[2]]
    print_images(decoder.forward(np.array(way)))
    draw(folder / "autoencoder_plane.png", codes, y[test], decoder)

    network.draw(folder / "autoencoder.svg")
    print(f"Drawn: {folder / 'autoencoder.svg'} (the network)")


def draw(path: Path, codes: np.ndarray, y: np.ndarray, decoder: gn.Layer) -> None:
    """Draw the plane: where each digit lies, and what the decoder sees where."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('No picture of the plane without matplotlib: pip install "graphnn[plot]"')
        return
    low, high = codes.min(axis=0) - 0.5, codes.max(axis=0) + 0.5
    across, up = np.linspace(low, high, 12).T
    grid = np.stack(np.meshgrid(across, up[::-1]), axis=-1)
    images = decoder.forward(grid.reshape(-1, 2)).reshape(12, 12, 8, 8)
    images = np.pad(images, ((0, 0), (0, 0), (1, 1), (1, 1)))  # white in between

    figure = Figure(figsize=(11, 5.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.set(title="Where the digits lie", xlabel="first number")
    left.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), ylabel="second number")
    for place, digit in zip(codes, y, strict=True):
        left.text(*place, str(digit), color=f"C{digit}", ha="center", va="center")
    right.imshow(images.swapaxes(1, 2).reshape(120, 120), cmap="gray_r")
    right.set(title="What the decoder sees there", xticks=[], yticks=[])
    figure.savefig(path)
    print(f"Drawn: {path} (the plane)")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
