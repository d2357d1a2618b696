"""What a box says of its node's gradient: how large it is, and what adds up to it."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np

from graphnn.draw.flow import may_flow
from graphnn.draw.labels import LONGEST_LABEL, UNKNOWN
from graphnn.draw.magnitudes import in_full, size_text
from graphnn.engine.norms import euclidean_norm
from graphnn.engine.passes import add

if TYPE_CHECKING:
    from graphnn.draw.view import View


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
    parts = view.flow.parts.get(node.id, [])
    whole = _called("grad", size_text(gradient))
    if not parts or isinstance(gradient, tuple):
        return whole
    if _is_sum(gradient, parts):
        if len(parts) == 1:
            return whole if is_asked else ""
        written = _sum(parts)
        text = f"{whole} = {written}"
        if written and len(text) <= LONGEST_LABEL:
            return text
        return f"{whole}, {len(parts)} parts"
    # An earlier pass is in it, or somebody has clipped it since.
    return f"{whole}, last pass {_sum(parts) or size_text(reduce(add, parts))}"


def _called(name: str, size: str) -> str:
    """Write ``‖grad‖ 5.2``, ``grad 3`` or ``grad: 2 NaN of 64``.

    Examples
    --------
    >>> [_called("grad", size) for size in ("‖5.2‖", "3", "2 NaN of 64")]
    ['‖grad‖ 5.2', 'grad 3', 'grad: 2 NaN of 64']
    """
    if size.startswith("‖"):
        return f"‖{name}‖ {size[1:-1]}"
    return f"{name}: {size}" if " of " in size else f"{name} {size}"


def _sum(parts: list[Any]) -> str:
    """Write small gradients as a sum; nothing where they are not small."""
    texts = [in_full(part) for part in parts]
    if not all(texts):
        return ""
    return " + ".join(f"({text})" if text[0] == "-" else text for text in texts)


def _is_sum(gradient: Any, parts: list[Any]) -> bool:
    """Tell whether the parts add up to a gradient, but for rounding."""
    if len(parts) == 1 and parts[0] is gradient:
        return True
    with np.errstate(all="ignore"):
        gap = euclidean_norm(np.asarray(reduce(add, parts) - gradient))
        size = sum(euclidean_norm(np.asarray(part)) for part in parts)
    return not gap > np.sqrt(np.finfo(gradient.dtype).eps) * size  # or it is NaN
