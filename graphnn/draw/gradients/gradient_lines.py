"""What a box says of its node's gradient: how large it is, and what adds up to it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.gradients.flow import may_flow
from graphnn.draw.labels import UNKNOWN
from graphnn.draw.magnitudes import NORM, in_full, size_text
from graphnn.engine.hooks import DIFFERENTIABLE
from graphnn.engine.norms import euclidean_norm
from graphnn.engine.passes import add
from graphnn.graph.briefs import Remembered

if TYPE_CHECKING:
    from graphnn.draw.view import View

LONGEST_SUM = 30
"""Characters that the parts of a gradient may take."""


def gradient_line(view: View, node: Any) -> str:
    """Write the gradient of a node, and the parts that add up to it.

    Returns
    -------
    str
        Empty where there is nothing to say. Where gradients are drawn as arrows, one
        that has come whole along a single arrow is not said again.

    Examples
    --------
    >>> import numpy as np, graphnn as gn
    >>> from graphnn.draw.options import Options
    >>> from graphnn.draw.view import View
    >>> x = gn.Input("x", value=3.0)
    >>> y = x * x
    >>> y.graph.backward(y, wrt=x)
    >>> gradient_line(View(y.graph, Options(passes="both")), x)
    'grad 6 = 3 + 3'
    """
    options, gradient = view.options, node.output_grad
    is_asked = "grad" in options.show
    if not is_asked and options.passes == "forward":
        return ""
    if gradient is None:
        if not is_asked or node.kind in ("constant", "state") or not may_flow(node):
            return ""
        is_fixed = node.kind == "parameter" and not node.trainable
        return f"grad {UNKNOWN}" + (", not trainable" if is_fixed else "")
    given = view.flow.parts.get(node.id, [])
    whole = _called("grad", size_text(gradient))
    if not given or isinstance(gradient, tuple):
        return whole
    parts = [part.gradient for part in given]
    if len(parts) > 1 and any(isinstance(part, Remembered) for part in parts):
        return f"{whole}, {len(parts)} parts"
    written = _sum(parts)
    if not _is_sum(gradient, parts):  # an earlier pass is in it, or it was clipped
        return f"{whole}, last pass {written or size_text(reduce(add, parts))}"
    if len(parts) == 1:
        is_drawn = given[0].consumer in view.by_id
        return whole if is_asked or not is_drawn else ""
    return f"{whole} = {written}" if written else f"{whole}, {len(parts)} parts"


def _called(name: str, size: str) -> str:
    """Write ``‖grad‖ 5.2``, ``grad 3`` or ``grad: 2 NaN of 64``.

    Examples
    --------
    >>> [_called("grad", size) for size in ("norm 5.2", "3", "2 NaN of 64")]
    ['‖grad‖ 5.2', 'grad 3', 'grad: 2 NaN of 64']
    """
    if size.startswith(NORM):
        return f"‖{name}‖ {size.removeprefix(NORM)}"
    return f"{name}: {size}" if " of " in size else f"{name} {size}"


def _sum(parts: list[Any]) -> str:
    """Write small gradients as a sum; nothing where that would be long."""
    texts = [in_full(part) for part in parts[: LONGEST_SUM // 3]]
    text = " + ".join(f"({text})" if text[:1] == "-" else text for text in texts)
    is_whole = all(texts) and len(texts) == len(parts)
    return text if is_whole and len(text) <= LONGEST_SUM else ""


def _is_sum(gradient: Any, parts: list[Any]) -> bool:
    """Tell whether the parts add up to a gradient, but for rounding."""
    if len(parts) == 1 and parts[0] is gradient:
        return True
    total, gradient = np.asarray(reduce(add, parts)), np.asarray(gradient)
    if total.shape != gradient.shape or gradient.dtype.kind not in DIFFERENTIABLE:
        return False  # somebody has set it
    with np.errstate(all="ignore"):
        gap = euclidean_norm(total - gradient)
        size = sum(euclidean_norm(np.asarray(part)) for part in parts)
    return not gap > np.sqrt(np.finfo(gradient.dtype).eps) * size  # or it is NaN
