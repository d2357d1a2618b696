"""A convolutional network on handwritten digits, and what its layers see.

python examples/06_digits_cnn.py [folder for the pictures]
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import digits

EPOCHS = 10


def main(folder: Path) -> None:
    """Train, draw the network, and follow one image through its layers."""
    X, y = digits()
    # images of 8 rows, 8 columns, 1 channel; single precision is faster
    images = (X / 16).reshape(-1, 8, 8, 1).astype(np.float32)
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1437], rows[1437:]

    network = gn.NeuralNetwork(
        layers=[
            # a bias before a normalization would be subtracted again
            gn.Conv2D(32, 3, padding="same", bias=False),
            gn.BatchNorm(),
            "relu",
            gn.Conv2D(64, 3, padding="same", bias=False),
            gn.BatchNorm(),
            "relu",
            gn.MaxPool2D(2),
            gn.Flatten(),
            gn.Dropout(0.5),
            gn.Dense(10),
        ],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    steps = EPOCHS * -(-len(train) // 32)
    gn.Trainer(network, gn.Adam(gn.CosineSchedule(0.002, steps=steps))).fit(
        images[train],
        y[train],
        images[test],
        y[test],
        epochs=EPOCHS,
        eval_every=1,
        batch_size=32,
        seed=1,
        metrics={"accuracy": gn.accuracy},
    )
    print()
    print(network.summary())
    network.draw(folder / "digits_cnn.svg")
    print(f"\nDrawn: {folder / 'digits_cnn.svg'} (the network)")

    # A pass over one image; each layer then has what it made of it.
    one = images[test][y[test] == 3][:1]
    network.forward(one)
    maps = {"the image": one}
    for i in [2, 5, 6]:  # the activations, and what is pooled
        layer = network.layers[i]
        maps[layer.name] = layer.output
    draw(folder / "digits_cnn_sees.png", maps)


def draw(path: Path, maps: dict[str, np.ndarray]) -> None:
    """Draw the channels of each layer as small images."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print('No images without matplotlib: pip install "graphnn[plot]"')
        return
    figure = Figure(figsize=(9, 9.4), layout="constrained")
    for axes, (name, values) in zip(
        figure.subplots(2, 2).flat, maps.items(), strict=True
    ):
        axes.imshow(tiled(values[0]), cmap="gray_r")
        axes.set(title=f"{name}, {values.shape[1:]}", xticks=[], yticks=[])
    figure.savefig(path)
    print(f"Drawn: {path} (what they make of one image)")


def tiled(values: np.ndarray) -> np.ndarray:
    """Lay channels out as tiles in a square, with a line in between."""
    height, width, channels = values.shape
    across = int(np.ceil(np.sqrt(channels)))
    down = -(-channels // across)
    tiles = np.zeros((down * across, height + 1, width + 1))
    tiles[:channels, :-1, :-1] = values.transpose(2, 0, 1)
    tiles = tiles.reshape(down, across, height + 1, width + 1).swapaxes(1, 2)
    return tiles.reshape(down * (height + 1), across * (width + 1))[:-1, :-1]


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
