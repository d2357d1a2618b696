"""Modules of PyTorch that are not compared, and why."""

THREE = "three axes of an image: there is no such layer"
ONE = "a transposed convolution of series: there is no such layer"
PADDING = "padding is NumPy's own np.pad, compared with PyTorch's by itself"
SHRINK = "an activation that graphnn has not"
POOLING = "a way of pooling that graphnn has not"

REASONS = {
    **dict.fromkeys(
        [
            "AdaptiveAvgPool3d",
            "AdaptiveMaxPool3d",
            "AvgPool3d",
            "BatchNorm3d",
            "Conv3d",
            "ConvTranspose3d",
            "InstanceNorm3d",
            "LazyConv3d",
            "LazyConvTranspose3d",
            "MaxPool3d",
        ],
        THREE,
    ),
    **dict.fromkeys(
        [
            f"{kind}Pad{axes}d"
            for kind in ("Reflection", "Replication", "Zero", "Circular", "Constant")
            for axes in (1, 2, 3)
        ],
        PADDING,
    ),
    **dict.fromkeys(["ConvTranspose1d", "LazyConvTranspose1d"], ONE),
    **dict.fromkeys(
        [
            "FractionalMaxPool2d",
            "FractionalMaxPool3d",
            "LPPool1d",
            "LPPool2d",
            "LPPool3d",
        ],
        POOLING,
    ),
    **dict.fromkeys(
        [
            "CTCLoss",
            "GaussianNLLLoss",
            "HingeEmbeddingLoss",
            "LinearCrossEntropyLoss",
            "MarginRankingLoss",
            "MultiLabelMarginLoss",
            "MultiLabelSoftMarginLoss",
        ],
        "a loss that graphnn has not",
    ),
    "LocalResponseNorm": "a normalization that graphnn has not",
    **dict.fromkeys(["Hardshrink", "Softshrink", "Threshold"], SHRINK),
}
