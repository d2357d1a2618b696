"""Train a network on handwritten digits and look at what it gets wrong.

python examples/05_digits_mlp.py
"""

import numpy as np

import graphnn as gn
from graphnn.data import digits

SHADES = np.array(list(" .:-=+*#%@"))


def main() -> None:
    """Train, then print the confusion matrix and the images that were misread."""
    X, y = digits()
    X = X / 16  # 0 (white) to 1 (black)
    rows = np.random.default_rng(0).permutation(len(X))
    train, test = rows[:1437], rows[1437:]

    network = gn.NeuralNetwork(
        layers=[
            gn.Dense(128, activation="relu"),
            gn.Dropout(0.5),  # in training: no neuron can rely on any other
            gn.Dense(10),
        ],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    gn.Trainer(network, gn.Adam(lr=0.002)).fit(
        X[train],
        y[train],
        X[test],
        y[test],
        epochs=50,
        eval_every=5,
        batch_size=32,
        seed=1,
        metrics={"accuracy": gn.accuracy},
    )

    scores = network.predict(X[test])
    confusion = gn.confusion_matrix(scores, y[test])
    print("\nRows: the digit shown; columns: the digit read\n")
    print("   " + "".join(f"{digit:4}" for digit in range(10)))
    for digit, counts in enumerate(confusion):
        print(f"{digit:3}" + "".join(f"{n:4}" if n else "   ·" for n in counts))

    probabilities = gn.Softmax().forward(scores)  # an operation serves arrays as well
    read = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(read != y[test])
    print(f"\n{len(wrong)} of {len(test)} were misread.", end="")
    print(" Some of them, and what the network says:")
    for i in wrong[:3]:
        best = np.argsort(probabilities[i])[::-1][:2]
        says = ", ".join(f"{digit} ({probabilities[i][digit]:.0%})" for digit in best)
        print(f"\na {y[test][i]}, read as: {says}\n")
        for line in (X[test][i].reshape(8, 8) * 9).astype(int):
            print("   " + "".join(SHADES[line].repeat(2)))


if __name__ == "__main__":
    main()
