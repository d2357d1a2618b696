"""A double pendulum from its energy alone: derivatives give the equations of motion.

    python examples/12_double_pendulum.py [folder for the pictures]

Lagrange's equation says how a system moves that has coordinates q, velocities v and
L(q, v) = kinetic - potential energy:

    d/dt (dL/dv) = dL/dq,   so   acceleration = (d2L/dv2)^-1 (dL/dq - d2L/dv dq  v)

On paper that is a page of sines for two rods. Here the energy is written down, and the
derivatives are taken (L. Landau, E. Lifshitz, "Mechanics", §2 and §5, problem 1).
"""

import sys
from pathlib import Path

import numpy as np

import graphnn as gn

LENGTHS = np.array([1.0, 0.8])
MASSES = np.array([1.0, 0.7])
GRAVITY = 9.81
START = np.array([2.0, 2.4]), np.zeros(2)  # angles from straight down, at rest
STEP, STEPS = 0.005, 1200


def energies(q: np.ndarray, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Give the kinetic and the potential energy at the angles q."""
    # each mass hangs on the rod above it, so what the rods contribute adds up
    horizontal = np.cumsum(LENGTHS * np.cos(q) * v)
    vertical = np.cumsum(LENGTHS * np.sin(q) * v)
    kinetic = 0.5 * np.sum(MASSES * (horizontal**2 + vertical**2))
    potential = -GRAVITY * np.sum(MASSES * np.cumsum(LENGTHS * np.cos(q)))
    return kinetic, potential


def lagrangian(q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Give the kinetic minus the potential energy."""
    kinetic, potential = energies(q, v)
    return kinetic - potential


def acceleration(q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Solve Lagrange's equation for the second derivative of q by time."""
    force = gn.grad(lagrangian)(q, v)
    momentum = gn.grad(lagrangian, argnums=1)
    inertia = gn.jacobian(momentum, argnums=1)(q, v)
    return np.linalg.solve(inertia, force - gn.jacobian(momentum)(q, v) @ v)


def simulate(graph: gn.Graph) -> tuple[np.ndarray, np.ndarray]:
    """Integrate by the classical Runge-Kutta method; feed one graph each time."""

    def slope(state: np.ndarray) -> np.ndarray:
        q, v = state
        return np.stack([v, graph.forward(q=q, v=v)])

    state = np.stack(START)
    states = [state]
    for _ in range(STEPS):
        k1 = slope(state)
        k2 = slope(state + STEP / 2 * k1)
        k3 = slope(state + STEP / 2 * k2)
        k4 = slope(state + STEP * k3)
        state = state + STEP / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
        states.append(state)
    return np.swapaxes(np.array(states), 0, 1)


def write_path(file: Path, q: np.ndarray) -> None:
    """Draw the way of the lower mass, and where the rods end."""
    x = np.cumsum(LENGTHS * np.sin(q), axis=1)
    y = np.cumsum(LENGTHS * np.cos(q), axis=1)
    way = " ".join(f"{a:.3f},{b:.3f}" for a, b in zip(x[:, 1], y[:, 1], strict=True))
    rods = f"0,0 {x[-1, 0]:.3f},{y[-1, 0]:.3f} {x[-1, 1]:.3f},{y[-1, 1]:.3f}"
    file.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="420" height="420" '
        'viewBox="-2 -2 4 4" fill="none" stroke-linejoin="round">'
        '<rect x="-2" y="-2" width="4" height="4" fill="white"/>'
        f'<polyline points="{way}" stroke="#3465a4" stroke-width="0.012"/>'
        f'<polyline points="{rods}" stroke="#222222" stroke-width="0.03"/>'
        '<path d="M-0.12 0 0.12 0" stroke="#222222" stroke-width="0.06"/>'
        f'<circle cx="{x[-1, 0]:.3f}" cy="{y[-1, 0]:.3f}" r="0.06" fill="#222222"/>'
        f'<circle cx="{x[-1, 1]:.3f}" cy="{y[-1, 1]:.3f}" r="0.06" fill="#c4501b"/>'
        "</svg>\n",
        encoding="utf-8",
    )


def main(folder: Path) -> None:
    """Trace the equation of motion once, run it, and see whether energy is kept."""
    graph = gn.trace(acceleration)(*START)
    backward = sum(node.forward_node is not None for node in graph.nodes)
    print(f"The equation of motion is a graph of {len(graph)} nodes,")
    print(f"{backward} of which are nodes of reverse passes: derivatives as a graph.")

    q, v = simulate(graph)
    print(f"\n{STEPS} steps of {STEP} s, four passes over the graph in each:\n")
    print("  time   angle 1   angle 2     energy")
    total = [sum(energies(*state)) for state in zip(q, v, strict=True)]
    for i in range(0, STEPS + 1, STEPS // 6):
        print(f"{i * STEP:5.1f} s  {q[i, 0]:8.3f}  {q[i, 1]:8.3f}  {total[i]:9.6f} J")
    print(f"\nThe energy changed by {np.ptp(total):.1e} J at most.")

    write_path(folder / "double_pendulum.svg", q)
    gn.trace(lagrangian)(*START).draw(folder / "lagrangian.svg")
    print(f"\nDrawn: {folder / 'double_pendulum.svg'} (the way of the lower mass)")
    print(f"       {folder / 'lagrangian.svg'} (what was differentiated)")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
