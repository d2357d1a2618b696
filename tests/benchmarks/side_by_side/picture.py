"""The ratios as a picture: a panel for each workload, a bar for each peer."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from side_by_side.comparing import Ratio, find
from side_by_side.outcome import Outcome
from side_by_side.peers import OURS, PEERS
from side_by_side.tables import figure
from side_by_side.workloads import WORKLOADS

OURS_COLOUR, OTHERS_COLOUR, INK, FAINT = "#c8553d", "#9fb1bf", "#333333", "#d5dade"
PANEL_WIDTH, BAR_HEIGHT, MARGINS = 1.5, 0.24, 0.45  # inches
SUFFIXES = (".svg", ".png", ".pdf")
NAMES_WIDTH, IN_A_ROW = 1.5, 5


def draw(outcome: Outcome, path: Path) -> None:
    """Draw how long a step takes, in multiples of PyTorch's, on a logarithmic axis.

    Parameters
    ----------
    outcome : Outcome
    path : Path
        ``.svg``, ``.png`` or ``.pdf``. It needs matplotlib, the extra `plot`.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    ratios = {name: against_torch(outcome, name) for name in outcome.results}
    peers = [peer for peer in PEERS if any(peer in known for known in ratios.values())]
    rows = math.ceil(len(ratios) / IN_A_ROW)
    columns = math.ceil(len(ratios) / rows)
    height = rows * (MARGINS + BAR_HEIGHT * len(peers)) + MARGINS
    settings = {"font.size": 9, "svg.hashsalt": "graphnn", "text.color": INK}
    with plt.rc_context(settings):
        drawing, panels = plt.subplots(
            rows,
            columns,
            sharex=True,
            sharey=True,
            squeeze=False,
            figsize=(NAMES_WIDTH + PANEL_WIDTH * columns, height),
            layout="constrained",
        )
        panels[0][0].set_xscale("log")
        panels[0][0].set_xlim(limits(ratios.values()))
        for panel, (workload, known) in zip(panels.flat, ratios.items(), strict=False):
            draw_panel(panel, known, peers)
            title = f"{workload.upper()} {WORKLOADS[workload].title}"
            panel.set_title(title, fontsize=9, loc="left")
        for panel in panels.flat[len(ratios) :]:
            panel.remove()
        drawing.supxlabel(
            "time of a training step, PyTorch eager = 1 (shorter is faster)", fontsize=9
        )
        metadata = {"Date": None} if path.suffix == ".svg" else None
        drawing.savefig(path, dpi=150, facecolor="white", metadata=metadata)
        plt.close(drawing)


def limits(ratios: Iterable[dict[str, float]]) -> tuple[float, float]:
    """Choose the ends of the axis: room for bars, and for the figures beside them."""
    values = [1.0, *(ratio for known in ratios for ratio in known.values())]
    low, high = min(values) / 1.6, max(values)
    return low, high * (high / low) ** 0.3


def check_picture(path: Path) -> None:
    """See, before minutes are spent, that a picture can be drawn.

    Raises
    ------
    SystemExit
    """
    if path.suffix not in SUFFIXES:
        raise SystemExit(f"{path}: a picture ends in {', '.join(SUFFIXES)}")
    if importlib.util.find_spec("matplotlib") is None:
        raise SystemExit("a picture needs matplotlib: python -m pip install matplotlib")


def against_torch(outcome: Outcome, workload: str) -> dict[str, float]:
    """Find the median ratio of each peer that has one."""
    results = outcome.results[workload]
    torch = find("torch_eager", results)
    ratios = {result.peer: Ratio.of(result, torch) for result in results}
    return {peer: ratio.median for peer, ratio in ratios.items() if ratio is not None}


def draw_panel(panel: Any, ratios: dict[str, float], peers: list[str]) -> None:
    """Draw the bars of one workload, the first peer at the top."""
    from matplotlib.patheffects import withStroke

    panel.axvline(1, color=INK, linewidth=0.8, zorder=0)
    for place, peer in enumerate(peers):
        if peer not in ratios:
            continue
        colour = OURS_COLOUR if peer in OURS else OTHERS_COLOUR
        panel.barh(place, ratios[peer], height=0.7, color=colour)
        panel.annotate(
            figure(ratios[peer]),
            (ratios[peer], place),
            xytext=(3, 0),
            textcoords="offset points",
            verticalalignment="center",
            fontsize=8,
            fontweight="bold" if peer in OURS else "normal",
            path_effects=[withStroke(linewidth=2.5, foreground="white")],
        )
    panel.set_yticks(range(len(peers)), [PEERS[peer].title for peer in peers])
    panel.set_ylim(len(peers) - 0.4, -0.6)
    panel.tick_params(length=0, which="both", colors=INK)
    panel.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    panel.xaxis.set_minor_formatter(lambda value, _: "")
    for side in ("top", "right", "left"):
        panel.spines[side].set_visible(False)
    panel.spines["bottom"].set_color(FAINT)
