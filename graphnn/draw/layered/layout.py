"""The steps of the layout, one after the other, and where everything is in the end."""

from __future__ import annotations

from itertools import pairwise

from graphnn.draw.layered.filling import grid_of
from graphnn.draw.layered.grid import LABEL_GAP, PASSING, POINT, Grid
from graphnn.draw.layered.levels import levels_of
from graphnn.draw.layered.ordering import order_rows
from graphnn.draw.layered.outlines import inset_of, reach_of
from graphnn.draw.layered.page import (
    OVER_TITLE,
    TITLE_PAD,
    Layout,
    Page,
    collected,
    move_titles,
)
from graphnn.draw.layered.positions import ROOM, positions_of
from graphnn.draw.layered.ranks import ranks_of
from graphnn.draw.layered.routes import LOOP, Router, Sides, heads_of
from graphnn.draw.layered.sizes import SIDEWAYS, Sizes, sizes_of
from graphnn.draw.layered.skeleton import Skeleton, skeleton_of
from graphnn.draw.layered.titles import crossing_links
from graphnn.draw.scene import Scene

HEAVY = 4
"""Weight of an arrow from which on it counts as a way."""

SIDES = {
    "TB": ("top", "bottom"),
    "BT": ("bottom", "top"),
    "LR": ("left", "right"),
    "RL": ("right", "left"),
}
"""By direction, the sides of a box towards the row before it and the one after it."""


def layout_of(scene: Scene) -> Layout:
    """Lay a scene out."""
    sideways = scene.direction in SIDEWAYS
    skeleton, sizes = skeleton_of(scene), sizes_of(scene)
    ranks = ranks_of(skeleton)
    grid = grid_of(skeleton, ranks, sizes, scene.direction == "BT")
    for link in skeleton.links:
        if link.tail == link.head:
            grid.after[link.tail] = sizes.boxes[link.tail][0] / 2 + LOOP
    place = order_rows(grid, skeleton)
    sides = _label_sides(grid, skeleton, sizes)
    heads = [
        OVER_TITLE + size[0] if sideways and size[0] else 0.0 for size in sizes.frames
    ]
    pulls, shifts = _pulls(grid, skeleton, ranks), _shifts(grid)
    places = positions_of(grid, skeleton, place, pulls, shifts, heads)
    lengths = [2 * TITLE_PAD + size[1] if sideways else 0.0 for size in sizes.frames]
    levels = levels_of(grid, skeleton, places.items, lengths)
    router = Router(
        grid,
        skeleton,
        places,
        levels,
        _sides(scene, sizes),
        [heads_of(arrow) for arrow in scene.arrows],
    )
    page = Page(scene.direction)
    lines = [[page.at(*point) for point in line] for line in router.lines()]
    layout = collected(page, grid, sizes, places, levels, lines, sides)
    if sideways:
        move_titles(layout, sizes, crossing_links(grid, skeleton))
    return layout


def _pulls(
    grid: Grid, skeleton: Skeleton, ranks: list[int]
) -> dict[tuple[int, int], int]:
    """Add up how straight the lines between two items should be.

    What runs from row to row should be straighter than what leads past some, and most
    of all the only way from one box to the next.
    """
    leaving, entering = [0] * skeleton.boxes, [0] * skeleton.boxes
    for link in skeleton.links:
        leaving[link.tail] += link.weight >= HEAVY
        entering[link.head] += link.weight >= HEAVY
    pulls: dict[tuple[int, int], int] = {}
    for link, chain in zip(skeleton.links, grid.chains, strict=True):
        weight = link.weight
        if abs(ranks[link.head] - ranks[link.tail]) <= link.span + 1:
            weight *= 6
            if weight >= HEAVY and leaving[link.tail] == entering[link.head] == 1:
                weight *= 2
        for pair in pairwise(chain):
            pulls[pair] = pulls.get(pair, 0) + weight
    return pulls


def _bundled(grid: Grid) -> dict[int, list[int]]:
    """Give, by the first arrow of each bundle, all of it from side to side."""
    return {leader: [leader, *links] for leader, links in grid.bundles.items()}


def _label_sides(grid: Grid, skeleton: Skeleton, sizes: Sizes) -> list[bool]:
    """Choose, by arrow, whether its label stands after its line, not before it.

    The labels of the first and the last arrow of a bundle stand outside. Each makes
    room for its label.
    """
    sides = [sizes.titles_in_rows] * len(skeleton.links)
    for bundle in _bundled(grid).values():
        sides[bundle[0]], sides[bundle[-1]] = False, True
    gap = LABEL_GAP if sizes.titles_in_rows else LABEL_GAP / 2
    for link, item in enumerate(grid.labelled):
        across, along = sizes.labels[link]
        if item >= 0 and across:
            room = gap + across
            grid.length[item] = along
            grid.before[item] = POINT if sides[link] else room
            grid.after[item] = room if sides[link] else POINT
    return sides


def _shifts(grid: Grid) -> dict[tuple[int, int], int]:
    """Let the arrows of a bundle touch its boxes side by side."""
    shifts: dict[tuple[int, int], int] = {}
    for bundle in _bundled(grid).values():
        chains = [grid.chains[link] for link in bundle]
        if len(chains[0]) < 3:
            continue
        for one, other, point in ((0, 1, 1), (-2, -1, -2)):
            places, edge = [], 0.0
            for number, chain in enumerate(chains):
                if number:
                    edge += grid.before[chain[point]]
                places.append(edge)
                edge += grid.after[chain[point]] + ROOM[PASSING]
            for chain, place in zip(chains, places, strict=True):
                shifts[chain[one], chain[other]] = round(place - places[-1] / 2)
    return shifts


def _sides(scene: Scene, sizes: Sizes) -> Sides:
    sideways = scene.direction in SIDEWAYS
    names = SIDES[scene.direction]

    def known(box: int) -> tuple[float, float]:
        across, along = sizes.boxes[box]
        return (along, across) if sideways else (across, along)

    def reach(box: int, after: bool) -> float:
        return reach_of(scene.boxes[box].look, *known(box), names[after])

    def inset(box: int, after: bool, offset: float) -> float:
        return inset_of(scene.boxes[box].look, *known(box), names[after], offset)

    return Sides(reach, inset)
