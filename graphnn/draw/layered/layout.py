"""The steps of the layout, one after the other, and where everything is in the end."""

from __future__ import annotations

from itertools import pairwise

from graphnn.draw.layered.grid import LABEL_GAP, POINT, Grid, grid_of
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
from graphnn.draw.layered.positions import positions_of
from graphnn.draw.layered.ranks import ranks_of
from graphnn.draw.layered.routes import LOOP, Router, Sides, heads_of
from graphnn.draw.layered.sizes import SIDEWAYS, Sizes, sizes_of
from graphnn.draw.layered.skeleton import Skeleton, skeleton_of
from graphnn.draw.layered.titles import crossing_links
from graphnn.draw.scene import Scene

HEAVY = 4
"""Weight of an arrow from which on it counts as a way."""

PARALLEL = 14.0
"""Between two arrows that join the same boxes."""

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
    sides = _label_sides(grid, skeleton, sizes, place)
    heads = [
        OVER_TITLE + size[0] if sideways and size[0] else 0.0 for size in sizes.frames
    ]
    pulls, shifts = _pulls(grid, skeleton, ranks), _shifts(grid, place)
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
            weight *= 2
            if weight >= HEAVY and leaving[link.tail] == entering[link.head] == 1:
                weight *= 2
        for pair in pairwise(chain):
            pulls[pair] = pulls.get(pair, 0) + weight
    return pulls


def _shifts(grid: Grid, place: list[int]) -> dict[tuple[int, int], int]:
    """Let arrows that join the same boxes touch these side by side."""
    groups: dict[tuple[int, int], list[list[int]]] = {}
    for chain in grid.chains:
        if len(chain) > 2:
            groups.setdefault((chain[0], chain[-1]), []).append(chain)
    shifts: dict[tuple[int, int], int] = {}
    for chains in groups.values():
        if len(chains) == 1:
            continue
        for step, ends in ((1, slice(0, 2)), (-2, slice(-2, None))):
            chains.sort(key=lambda chain: place[chain[step]])
            for number, chain in enumerate(chains):
                shift = round(PARALLEL * (number - (len(chains) - 1) / 2))
                one, other = chain[ends]
                shifts[one, other] = shift
    return shifts


def _label_sides(
    grid: Grid, skeleton: Skeleton, sizes: Sizes, place: list[int]
) -> list[bool]:
    """Choose, by arrow, whether its label stands after its line, not before it.

    Of two arrows side by side that join the same boxes, the labels stand outside.
    """
    usual = sizes.titles_in_rows
    sides = [usual] * len(skeleton.links)
    at = {item: link for link, item in enumerate(grid.labelled) if item >= 0}
    for row in grid.rows:
        for one, other in pairwise(row):
            if one not in at or other not in at:
                continue
            left, right = at[one], at[other]
            same = {*skeleton.links[left].ends} == {*skeleton.links[right].ends}
            if same and (place[one] == 0 or sides[left] == usual):
                sides[left], sides[right] = False, True
    for item, link in at.items():
        room = LABEL_GAP + sizes.labels[link][0]
        after = sides[link]
        grid.before[item], grid.after[item] = (POINT, room) if after else (room, POINT)
    return sides


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
