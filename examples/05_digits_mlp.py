"""Train a network on handwritten digits and look at what it gets wrong.

python examples/05_digits_mlp.py
"""

import numpy as np

import graphnn as gn
from graphnn.data import digits

SHADES = np.array(list(" .:-=+*#%@"))


def main() -> None:
    """Train, then print the confusion matrix and one image that was misread."""
    X, y = digits()
    X = X / 16
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1437], rows[1437:]

    network = gn.NeuralNetwork(
        layers=[gn.Dense(32, activation="tanh"), gn.Dense(10)],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    gn.Trainer(network, gn.SGD(lr=0.3)).fit(
        X[train],
        y[train],
        X[test],
        y[test],
        epochs=30,
        eval_every=5,
        batch_size=32,
        seed=1,
        metrics={"accuracy": gn.accuracy},
    )

    read = network.predict(X[test]).argmax(axis=1)
    confusion = np.zeros((10, 10), dtype=int)
    np.add.at(confusion, (y[test], read), 1)
    print("\nRows: the digit shown; columns: the digit read\n")
    print("   " + "".join(f"{digit:4}" for digit in range(10)))
    for digit, counts in enumerate(confusion):
        print(f"{digit:3}" + "".join(f"{n:4}" if n else "   ·" for n in counts))

    wrong = np.flatnonzero(read != y[test])
    if len(wrong):
        first = wrong[0]
        print(f"\nA {y[test][first]} that was read as a {read[first]}:\n")
        for line in (X[test][first].reshape(8, 8) * 9).astype(int):
            print("   " + "".join(SHADES[line].repeat(2)))


if __name__ == "__main__":
    main()
