"""An LSTM reads Shakespeare's sonnets, character by character, and writes on.

    python examples/09_character_lstm.py

It learns one thing: which character comes next. After some seconds it has found words,
verses and line ends in it.
"""

import numpy as np

import graphnn as gn
from graphnn.data import CharacterVocabulary, sonnets

LENGTH = 64  # characters that are read at a time


def write(
    network: gn.NeuralNetwork, vocabulary: CharacterVocabulary, start: str, count: int
) -> str:
    """Go on from a text, each time with a character drawn by its probability."""
    rng = np.random.default_rng(1)
    numbers = list(vocabulary.encode(start))
    for _ in range(count):
        scores = network.predict(np.array([numbers[-LENGTH:]]))[0, -1]
        # below 1 the likely becomes likelier still
        probabilities = gn.Softmax().forward(scores.astype(np.float64) / 0.7)
        numbers.append(rng.choice(len(vocabulary), p=probabilities))
    return vocabulary.decode(numbers)


def main() -> None:
    """Train; show after some epochs what it writes."""
    text = sonnets()
    vocabulary = CharacterVocabulary(text)
    numbers = vocabulary.encode(text)
    rows = (len(numbers) - 1) // LENGTH
    X = numbers[: rows * LENGTH].reshape(rows, LENGTH)
    y = numbers[1 : rows * LENGTH + 1].reshape(rows, LENGTH)  # the next, at each place
    train, test = slice(rows * 9 // 10), slice(rows * 9 // 10, None)

    network = gn.NeuralNetwork(
        layers=[
            gn.Embedding(len(vocabulary), 32, dtype=np.float32),
            gn.LSTM(128, return_sequences=True),
            gn.Dropout(0.3),
            gn.Dense(len(vocabulary)),
        ],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    trainer = gn.Trainer(network, gn.Adam(lr=0.005))

    counts = np.bincount(numbers)
    frequencies = counts[counts > 0] / len(numbers)
    print(f"{len(text)} characters, {len(vocabulary)} different ones.\n")
    print("How many bits a character costs that the network has not seen:\n")
    print(f"  if all were alike       {np.log2(len(vocabulary)):.2f}")
    print(f"  by their frequency      {-frequencies @ np.log2(frequencies):.2f}")
    network.forward_loss(X[test], y[test])
    print("\n--- before training:\n")
    print(write(network, vocabulary, "Shall I compare", 150))
    for epochs, done in [(1, 1), (4, 5), (7, 12)]:
        trainer.fit(X[train], y[train], epochs=epochs, seed=done, verbose=False)
        bits = network.evaluate(X[test], y[test]) / np.log(2)
        print(f"\n--- after {done} epochs, {bits:.2f} bits:\n")
        print(write(network, vocabulary, "Shall I compare", 300))


if __name__ == "__main__":
    main()
