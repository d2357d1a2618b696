"""Step through a small network, forwards and back in time, and ask it questions.

    python examples/13_step_through_backprop.py [folder for the picture]

Two layers look at the four cases of "exclusive or" once. What is one gradient made of?
What if a neuron were silent? And which formula has the wrong sign? The README's second
picture is the one that this program draws.
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn

X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
Y = np.array([0, 1, 1, 0])  # is exactly one of them 1?


class Cosine(gn.Operation):
    """An activation of one's own, with a mistake."""

    def _output(self) -> np.ndarray:
        return np.cos(self.input_)

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return output_grad * np.sin(self.input_)  # the minus is forgotten


class RightCosine(Cosine):
    """The same, mended."""

    def _input_grad(self, output_grad: np.ndarray) -> np.ndarray:
        return -output_grad * np.sin(self.input_)


def stepper_of(activation: str | gn.Operation) -> gn.Stepper:
    """Begin a pass over two layers and the loss: six steps forward, six back."""
    network = gn.NeuralNetwork(
        layers=[gn.Dense(3, activation), gn.Dense(2)],
        loss=gn.SoftmaxCrossEntropy(),
        seed=1,
    )
    return gn.Stepper.of_network(network, X, Y)


def walk(stepper: gn.Stepper) -> None:
    """Go to the end, back to the middle, and to the end once more."""
    weight = stepper.graph["dense_1/weight"]
    print("step  pass      node                     norm of the value, the gradient")
    for step in stepper:
        array = step.output if step.phase == "forward" else step.output_grad
        norm = f"{np.linalg.norm(array):.4f}"
        print(f"{stepper.index:4}  {step.phase:8}  {step.node.name:24} {norm}")

    gradient = weight.grad
    stepper.back(4)
    print(f"\nFour steps back, the gradient of the first weight is {weight.grad}.")
    stepper.continue_()
    same = np.array_equal(weight.grad, gradient)
    print(f"At the end once more, it is the same to the last bit: {same}.")


def take_apart(stepper: gn.Stepper) -> None:
    """Follow one number from the gradient of a weight to the loss."""
    level = stepper.why("dense_1/weight", (0, 1))  # from feature 0 to neuron 1
    print(f"{level}\n\nFollowed further, the largest part each time:\n")
    print("through                        derivative x   came in =      part    share")
    while level[0].kind == "consumer":
        part = level[0]
        place = list(part.element) or ""
        print(
            f"{f'{part.name}{place}':30} {part.local:10.4f}  {part.output_grad:10.4f}  "
            f"{part.value:10.4f}  {abs(part.share):7.1%}"
        )
        level = part.why()
    print(f"{'the loss, by itself':30} {level.gradient:34.4f}")


def what_if(stepper: gn.Stepper) -> None:
    """Change a value, then a gradient; only what depends on it runs again."""
    tanh = stepper.graph["dense_1/tanh"]
    silent = tanh.output * [1.0, 0.0, 1.0]
    print("Neuron 1 is silent:\n")
    stepper.set(tanh, silent)
    show_changes(stepper)

    stepper.undo()
    print("\nNo gradient comes back to the first layer's neurons:\n")
    stepper.set_grad(tanh, 0.0)
    show_changes(stepper)
    stepper.undo()


def show_changes(stepper: gn.Stepper) -> None:
    """Compare with the pass that nobody has touched."""
    print(f"  {len(stepper.reran)} of {len(stepper)} steps ran again; the norms:")
    loss = stepper.targets[0]
    for node, what, before, after, _ in stepper.changes:
        if node is loss or node.kind == "parameter":
            before, after = np.linalg.norm(before), np.linalg.norm(after)
            print(f"  {node.name:22}  {what:5}  {before:.4f} -> {after:.4f}")


def main(folder: Path) -> None:
    """Walk, ask, change, check, draw."""
    with stepper_of("tanh") as stepper:
        walk(stepper)
        print("\n--- What is the gradient of one weight made of?\n")
        take_apart(stepper)
        print("\n--- What if?\n")
        what_if(stepper)

        stepper.seek(10)  # in the middle of the way back
        stepper.draw(folder / "step.svg")

    print("\n--- Which formula is wrong? Each node is held against differences:\n")
    for activation in [Cosine(), RightCosine()]:
        with stepper_of(activation) as stepper:
            stepper.continue_()  # there are no breakpoints: to the end
            checks = stepper.check("all")
        print(f"{type(activation).__name__}: {checks!r}")
        for wrong in checks.wrong:
            print(f"\n{wrong}\n")
    print(f"\nDrawn: {folder / 'step.svg'} (step 10 of 12)")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
