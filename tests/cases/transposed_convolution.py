"""Sample uses of transposed convolution."""

from cases.convolution import case

from graphnn.ops.transposed_convolution import TransposedConvolution

USES = [
    # images, kernel, settings
    ((2, 2, 3, 2), (2, 3, 2, 3), {}),
    ((2, 3, 2, 2), (3, 2, 2, 1), {"stride": (2, 3), "padding": "same"}),
    ((1, 2, 3, 1), (2, 2, 1, 2), {"stride": (2, 1), "padding": ((1, 0), (0, 1))}),
    ((1, 3, 2, 1), (2, 1, 1, 2), {"stride": (1, 2)}),
    ((2, 2, 2, 2), (2, 2, 1, 4), {"groups": 2, "stride": 2, "output_padding": (1, 0)}),
    ((1, 2, 3, 1), (2, 2, 1, 1), {"dilation": (3, 2), "output_padding": (2, 1)}),
    ((2, 2, 3, 2), (2, 2, 2, 1), {"data_format": "NCHW", "padding": 1}),
    ((2, 3, 2), (3, 2, 2), {"stride": 2, "padding": 1}),
]

CASES = [case(TransposedConvolution, *use) for use in USES]
