"""Each test has surroundings of its own: an open graph does not leak into the next."""

from collections.abc import Iterator

import pytest

from graphnn.graph.context import CONTEXT, Context


@pytest.fixture(autouse=True)
def surroundings() -> Iterator[None]:
    token = CONTEXT.set(Context())
    yield
    CONTEXT.reset(token)
