"""A small GPT reads Shakespeare's sonnets, character by character, and writes on.

    python examples/10_gpt.py [folder for the picture]

It is built as the large ones are (A. Radford et al., "Language models are unsupervised
multitask learners", 2019, §2.3): characters become rows of numbers, a row for the place
is added to each, then come blocks of attention and dense layers, and in the end a score
for each character that could be next. One of the heads learns to look at the character
just before; at the end you see it do so.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import CharacterVocabulary, sonnets

LENGTH = 32  # characters that it sees
WIDTH = 64  # numbers for each
STEPS = 600
SHADES = np.array(list(" .:-=+*#%@"))


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


def print_attention(block: gn.TransformerBlock, text: str) -> None:
    """Print where the head looks that looks most at the character just before."""
    heads = block.attention.attention_weights[0]
    before = np.trace(heads, offset=-1, axis1=1, axis2=2) / (len(text) - 1)
    chosen = before.argmax()
    print(f"\nHead {chosen + 1} of the first block gives {before[chosen]:.0%} of its")
    print("attention to the character just before. Each line is a character:\n")
    for character, weights in zip(text, heads[chosen], strict=True):
        shades = SHADES[(np.clip(weights, 0, 0.999) * 10).astype(int)]
        print(f"    {character} {''.join(shades)}".rstrip())
    print(f"      {text}")


def main(folder: Path) -> None:
    """Train; show what it writes before and after, and where it looks."""
    text = sonnets()
    vocabulary = CharacterVocabulary(text)
    numbers = vocabulary.encode(text)
    # every stretch of the text, with one character more: what is next, at each place
    windows = np.lib.stride_tricks.sliding_window_view(numbers, LENGTH + 1)
    train, test = windows[: len(windows) * 9 // 10], windows[len(windows) * 9 // 10 :]
    test = test[::LENGTH]

    blocks = [gn.TransformerBlock(4, causal=True, activation="relu") for _ in range(2)]
    network = gn.NeuralNetwork(
        layers=[
            gn.Embedding(len(vocabulary), WIDTH, dtype=np.float32),
            gn.PositionEmbedding(LENGTH),
            *blocks,
            gn.LayerNorm(),
            gn.Dense(len(vocabulary)),
        ],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    trainer = gn.Trainer(network, gn.Adam(lr=0.003))

    print("--- before training:\n")
    print(write(network, vocabulary, "Shall I compare", 150))
    print("\nHow many bits a character costs, in training and on text not seen:\n")
    rng, losses = np.random.default_rng(1), []
    for step in range(1, STEPS + 1):
        batch = train[rng.integers(len(train), size=32)]
        losses.append(trainer.step(batch[:, :-1], batch[:, 1:]))
        if step % 100 == 0:
            unseen = network.evaluate(test[:, :-1], test[:, 1:])
            bits = np.array([np.mean(losses[-100:]), unseen]) / np.log(2)
            print(f"  step {step:4}   {bits[0]:.2f}   {bits[1]:.2f}")
    print("\n--- after training:\n")
    print(write(network, vocabulary, "Shall I compare", 400))

    line = "Shall I compare thee to a summer"
    network.predict(vocabulary.encode(line).reshape(1, -1))
    print_attention(blocks[0], line)

    x = gn.Input("x", value=np.zeros((1, LENGTH, WIDTH)))
    block = gn.TransformerBlock(4, causal=True, activation="relu")(x)
    block.graph.draw(folder / "transformer_block.svg")
    print(f"\nDrawn: {folder / 'transformer_block.svg'} (one of the blocks)")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
