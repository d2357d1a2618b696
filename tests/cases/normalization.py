"""What normalizations share has no use of its own."""

from graphnn.ops import normalization

CASES = []
ABSTRACT = {normalization.Normalize}
