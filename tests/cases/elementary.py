"""The base classes of elementary operations; they have no use of their own."""

from graphnn.ops import elementary

ABSTRACT = {
    elementary.Elementary,
    elementary.Elementwise,
    elementary.Unary,
    elementary.Binary,
    elementary.WithoutGradient,
}

CASES = []
