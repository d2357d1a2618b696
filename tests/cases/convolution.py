"""Sample uses of convolution."""

from cases.base import Case, numbers

from graphnn.ops import convolution
from graphnn.ops.convolution import Convolution, DepthwiseConvolution

ABSTRACT = {convolution.KernelOperation}

USES = [
    # images, kernel, settings
    ((2, 4, 3, 2), (2, 3, 2, 3), {}),
    ((2, 3, 4, 2), (3, 2, 2, 1), {"padding": "same"}),
    ((2, 5, 4, 1), (2, 2, 1, 2), {"stride": (2, 1), "padding": ((1, 0), (0, 2))}),
    ((1, 5, 6, 1), (2, 2, 1, 1), {"dilation": (3, 2), "stride": 2, "padding": "same"}),
    ((2, 4, 5, 1), (3, 1, 1, 2), {"stride": (1, 2)}),
    ((2, 3, 3, 4), (2, 2, 2, 4), {"groups": 2}),
    ((2, 3, 4, 3), (2, 2, 3, 2), {"data_format": "NCHW", "padding": 1}),
    ((2, 4, 2), (2, 2, 3), {"stride": 2, "padding": (2, 1)}),
    ((2, 4, 2), (3, 2, 1), {"padding": "causal", "dilation": 2}),
]
DEPTHWISE = [
    ((2, 3, 4, 3), (2, 2, 1, 3), {"groups": 3, "padding": "same"}),
    ((2, 4, 3, 2), (2, 2, 1, 4), {"groups": 2, "stride": 2, "data_format": "NCHW"}),
    ((2, 4, 2), (3, 1, 4), {"groups": 2}),
]


def images(shape, settings):
    """Draw images of a shape whose channels are last."""
    if settings.get("data_format") == "NCHW":
        shape = (shape[0], shape[-1], *shape[1:-1])
    return numbers(*shape)


def case(cls, shape, kernel, settings):
    return Case(
        lambda: cls(numbers(*kernel, seed=1), **settings), (images(shape, settings),)
    )


CASES = [
    *[case(Convolution, *use) for use in USES],
    *[case(DepthwiseConvolution, *use) for use in DEPTHWISE],
]
