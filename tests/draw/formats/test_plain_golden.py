"""The plain picture, byte for byte: what is added to pictures must not change it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphnn.draw import to_dot

GOLDEN = Path(__file__).with_name("golden")


@pytest.mark.parametrize("direction", ["TB", "LR"])
def test_plain_picture(two_layers, direction):
    # Lines of the file that builds the graph are not what this is about.
    dot = to_dot(two_layers, direction=direction)
    dot = re.sub(r"conftest\.py:\d+", "conftest.py:1", dot)
    golden = GOLDEN / f"two_layers_{direction}.dot"
    assert dot == golden.read_text(encoding="utf-8")
