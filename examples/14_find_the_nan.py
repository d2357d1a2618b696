"""A training that goes well, until its loss is NaN: find the node, the row, the reason.

    python examples/14_find_the_nan.py [folder for the picture]

A network learns to tell threes from eights, in single precision, with a loss that is
written down as it stands in the textbook. Guards find where the NaN is born, and the
iterations before it can be walked back into, with the parameters of then.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn
from graphnn.data import digits

EPOCHS = 30


def log_loss(p: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Give the mean of -log(probability of what was the case)."""
    return -np.mean(y * np.log(p) + (1.0 - y) * np.log(1.0 - p))


def threes_and_eights() -> tuple[np.ndarray, np.ndarray]:
    """Give the images of these two digits, and 1 for each eight."""
    X, y = digits()
    rows = np.isin(y, (3, 8))
    X, is_eight = X[rows] / 16, (y[rows] == 8)[:, np.newaxis]
    return X.astype(np.float32), is_eight.astype(np.float32)


def trainer_of(last: str | None, loss: gn.Loss, **settings: object) -> gn.Trainer:
    """Begin a training; each begins alike."""
    network = gn.NeuralNetwork([gn.Dense(16, "relu"), gn.Dense(1, last)], loss, seed=1)
    return gn.Trainer(network, gn.Adam(lr=0.03), **settings)


def train(trainer: gn.Trainer) -> list[float]:
    """Train, and give the loss of each epoch."""
    X, y = threes_and_eights()
    return trainer.fit(X, y, epochs=EPOCHS, eval_every=1, seed=0, verbose=False)["loss"]


def show(losses: list[float]) -> None:
    """Print the loss of some epochs."""
    for epoch in range(4, EPOCHS, 5):
        print(f"  epoch {epoch + 1:2}  loss {losses[epoch]:.6f}")


def walk_into(error: gn.GuardError, folder: Path) -> gn.Operation:
    """Run the batch that failed once more; give the node that the NaN came from."""
    failed, node, row = error.recent[-1], error.finding.node, error.finding.index
    with failed.stepper() as stepper:
        stepper.run_to(node)
        given = " and ".join(str(value[row]) for value in stepper.current.inputs)
        print(f"{failed}\n")
        print(f"At step {stepper.index} of {len(stepper)}, {node.name} makes NaN")
        print(f"in row {row[0]} out of {given}. Where does the infinity come from?\n")
        births = stepper.origin("inf")
        print(births)

        # to the end of the forward pass, for the picture
        stepper.run_to(stepper.targets[0])
        stepper.draw(folder / "find_the_nan.svg")
    return births[0].node


def walk_back(error: gn.GuardError, logarithm: gn.Operation) -> None:
    """Ask the iterations before what they made of the row that failed."""
    failed, row = error.recent[-1], error.finding.index[0]
    X, y = failed.X[row : row + 1], failed.y[row : row + 1]
    print("iteration    loss        x             p         1 - p")
    for iteration in error.recent:
        with iteration.restored() as network:  # its parameters are those of then
            p = network.forward(X)  # which leaves the values on the nodes
            x = network.graph["dense_2/bias_add"].output
        loss = "NaN" if iteration.loss is None else f"{iteration.loss:.6f}"
        print(f"{iteration.number:9}  {loss:8}  {x.item():7.3f}  ", end="")
        print(f"{p.item():.10f}  {(1 - p).item():.2e}")
    number = "an eight" if y.item() else "a three"
    print(f"\nIt is {number}. The network was right, and so sure that p was rounded.")

    before = error.recent[-2]
    with before.stepper() as stepper:  # through a whole batch, forwards and back
        stepper.run_to(logarithm)
        smallest = np.min(stepper.current.inputs[0])
        stepper.continue_()
        print(f"{before}: {stepper.origin('inf')}")
        print(f"The least that {logarithm.name} was given there is {smallest:.1e}.")


@np.errstate(all="ignore")  # NumPy would warn of each logarithm of 0
def main(folder: Path) -> None:
    """Fail, find out why, mend it."""
    print("Without guards, and with a blind eye:\n")
    trainer = trainer_of("sigmoid", log_loss, on_nan="ignore")
    show(train(trainer))
    parameters = trainer.network.params()
    spoilt = sum(np.isnan(array).any() for array in parameters)
    print(f"  {spoilt} of {len(parameters)} parameters hold NaN by now.")

    print("\n--- With a guard:\n")
    try:
        train(trainer_of("sigmoid", log_loss, guards=["nan"]))
    except gn.GuardError as error:
        print(error)
        print("\n--- Into the batch that failed:\n")
        logarithm = walk_into(error, folder)
        print("\n--- The same row in the iterations before:\n")
        walk_back(error, logarithm)

    print("\n--- Mended: the loss takes x, not p, and nothing is rounded to 1:\n")
    loss = gn.BinaryCrossEntropyWithLogits()
    show(train(trainer_of(None, loss, guards=["nan", "inf"])))
    print(f"\nDrawn: {folder / 'find_the_nan.svg'}")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
