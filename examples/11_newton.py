"""Minimise the Rosenbrock function by Newton's method, with exact second derivatives.

    python examples/11_newton.py

The function is plain NumPy. `gn.value_and_grad` and `gn.hessian` run it on nodes, and
the reverse pass, being a graph as well, is differentiated once more.
"""

import numpy as np

import graphnn as gn

SHADES = np.array(list("@%#*+=-:. "))
START = np.array([-1.2, 1.0])
WIDTH, HEIGHT = 66, 22


def rosenbrock(x: np.ndarray) -> np.ndarray:
    """Give the height of a curved valley, whose floor is lowest at (1, 1)."""
    return 100.0 * (x[1] - x[0] ** 2) ** 2 + (1.0 - x[0]) ** 2


def newton(x: np.ndarray) -> list[np.ndarray]:
    """Walk to the minimum; each step goes at most as far as the height sinks."""
    value_and_slope = gn.value_and_grad(rosenbrock)
    curvature = gn.hessian(rosenbrock)
    path = [x]
    print("step      x[0]      x[1]        height     |slope|   length")
    while True:
        height, slope = value_and_slope(x)
        print(
            f"{len(path) - 1:4}  {x[0]:8.5f}  {x[1]:8.5f}  {height:12.4e}  "
            f"{np.linalg.norm(slope):10.2e}",
            end="",
        )
        if np.linalg.norm(slope) < 1e-10:
            print()
            return path
        step = np.linalg.solve(curvature(x), -slope)
        length = 1.0
        while rosenbrock(x + length * step) > height:
            length /= 2
        print(f"  {length:7.4f}")
        x = x + length * step
        path.append(x)


def picture(path: list[np.ndarray]) -> str:
    """Draw the valley (dark is low) and the steps through it."""
    left, right, bottom, top = -1.5, 1.5, -0.6, 1.6
    columns, rows = np.linspace(left, right, WIDTH), np.linspace(top, bottom, HEIGHT)
    heights = rosenbrock(np.stack(np.meshgrid(columns, rows)))
    levels = np.log10(heights + 1e-2)
    shade = (levels - levels.min()) / (levels.max() - levels.min())
    lines = SHADES[np.minimum((shade * 10).astype(int), 9)]
    for number, (x, y) in enumerate(path):
        column = round((x - left) / (right - left) * (WIDTH - 1))
        row = round((top - y) / (top - bottom) * (HEIGHT - 1))
        if 0 <= row < HEIGHT and 0 <= column < WIDTH:
            lines[row, column] = chr(ord("A") + number)
    return "\n".join("".join(line) for line in lines)


def main() -> None:
    """Minimise, then show the way and what the curvature at its end is made of."""
    path = newton(START)
    print(f"\nThe way, from A to {chr(ord('A') + len(path) - 1)}:\n")
    print(picture(path))

    graph = gn.trace(gn.grad(rosenbrock))(path[-1])
    print(f"\nThe slope is a graph of {len(graph)} nodes; those of the reverse pass:\n")
    for node in graph.order(graph.results):
        if node.forward_node is not None and node.kind == "operation":
            print(f"  {node.name:36} belongs to {node.forward_node.name}")


if __name__ == "__main__":
    main()
