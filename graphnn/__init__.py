"""graphnn: see and step through a neural network.

Every operation is a node of an explicit graph, forward and backward are a walk over
that graph in plain Python, and the graph can be drawn at any moment.

>>> import numpy as np, graphnn as gn
>>> x = gn.Input("x", value=[[1.0, 2.0]])
>>> w = gn.Parameter([[0.5], [0.25]], name="w")
>>> loss = np.sum((x @ w) ** 2)
>>> loss.backward()
>>> w.grad
array([[2.],
       [4.]])
>>> [node.name for node in loss.graph.order()]
['x', 'w', 'matmul', 'constant', 'power', 'sum']
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from graphnn import data
from graphnn.errors import (
    ArgumentError,
    BusyError,
    DrawError,
    FeedError,
    GradientError,
    GradientShapeError,
    GraphError,
    GraphnnError,
    GuardError,
    ImpureHook,
    MissingFolder,
    MissingHook,
    MissingNode,
    NotFiniteError,
    NotRunError,
    ShapeError,
    UnsupportedAttribute,
    UnsupportedError,
)
from graphnn.functions import (
    checkpoint,
    elementwise_grad,
    grad,
    hessian,
    hvp,
    jacobian,
    make_jvp,
    make_vjp,
    trace,
    value_and_grad,
)
from graphnn.graph import (
    Constant,
    Graph,
    Input,
    Node,
    Operation,
    Parameter,
    ParamOperation,
    State,
    paused,
    scope,
)
from graphnn.ops import (
    BiasAdd,
    Linear,
    Loss,
    MeanSquaredError,
    ReLU,
    Sigmoid,
    Tanh,
    WeightMultiply,
    stop_gradient,
)

if TYPE_CHECKING:
    from graphnn.debug.session import set_trace
    from graphnn.debug.stepper import Stepper
    from graphnn.guards.checking import Guard
    from graphnn.guards.dtypes import DtypeGuard
    from graphnn.guards.guarding import guard
    from graphnn.guards.kinds import (
        DeadGuard,
        ExplodingGuard,
        InfGuard,
        NaNGuard,
        VanishingGuard,
    )
    from graphnn.guards.statuses import origin, statuses
    from graphnn.nn import Activation, Dense, Layer, NeuralNetwork, initializers
    from graphnn.nn.attention import MultiHeadAttention
    from graphnn.nn.batch_normalization import BatchNorm
    from graphnn.nn.bidirectional import Bidirectional
    from graphnn.nn.convolution import Conv1D, Conv2D, ConvTranspose2D
    from graphnn.nn.dropout import Dropout
    from graphnn.nn.embedding import Embedding, PositionEmbedding
    from graphnn.nn.flattening import Flatten, Reshape
    from graphnn.nn.normalization import GroupNorm, InstanceNorm, LayerNorm, RMSNorm
    from graphnn.nn.pooling import (
        AveragePool1D,
        AveragePool2D,
        GlobalAveragePool1D,
        GlobalAveragePool2D,
        GlobalMaxPool1D,
        GlobalMaxPool2D,
        MaxPool1D,
        MaxPool2D,
    )
    from graphnn.nn.recurrent import GRU, LSTM, RNN, Recurrent
    from graphnn.nn.sequential import Residual, Sequential
    from graphnn.nn.transformer import TransformerBlock, TransformerDecoderBlock
    from graphnn.ops.attention import AttentionWeights, ScaledDotProductAttention
    from graphnn.ops.binary_cross_entropy import (
        BinaryCrossEntropy,
        BinaryCrossEntropyWithLogits,
    )
    from graphnn.ops.cosine_loss import CosineLoss
    from graphnn.ops.cross_entropy import NegativeLogLikelihood, SoftmaxCrossEntropy
    from graphnn.ops.error_function import Erf, Erfc
    from graphnn.ops.hinge import Hinge, MultiClassHinge
    from graphnn.ops.kl_divergence import KLDivergence
    from graphnn.ops.rectifiers import (
        CELU,
        ELU,
        SELU,
        HardSigmoid,
        HardSwish,
        HardTanh,
        LeakyReLU,
        PReLU,
        ReLU6,
    )
    from graphnn.ops.regression_losses import (
        Huber,
        LogCosh,
        MeanAbsoluteError,
        PoissonLoss,
        QuantileLoss,
    )
    from graphnn.ops.smooth_activations import (
        GELU,
        GLU,
        LogSigmoid,
        Mish,
        SiLU,
        Softplus,
        Softsign,
    )
    from graphnn.ops.softmax import LogSoftmax, Softmax
    from graphnn.testing import check_gradients
    from graphnn.train.adam import Adam, Adamax, AdamW, NAdam
    from graphnn.train.adaptive import AdaGrad, RMSProp
    from graphnn.train.confusion import confusion_matrix, f1, precision, recall
    from graphnn.train.cycles import OneCycleSchedule, WarmUp
    from graphnn.train.history import History
    from graphnn.train.lion import Lion
    from graphnn.train.metrics import accuracy, top_k_accuracy
    from graphnn.train.optimizer import Optimizer
    from graphnn.train.plateau import PlateauSchedule
    from graphnn.train.regression_metrics import (
        mean_absolute_error,
        mean_squared_error,
        r2,
        root_mean_squared_error,
    )
    from graphnn.train.schedules import (
        CosineSchedule,
        ExponentialSchedule,
        LinearSchedule,
        Schedule,
        StepSchedule,
    )
    from graphnn.train.sgd import SGD, Nesterov, SGDMomentum
    from graphnn.train.trainer import Trainer

__version__ = "0.1.0"

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "GRU",
    "LSTM",
    "RNN",
    "SELU",
    "SGD",
    "Activation",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Adamax",
    "ArgumentError",
    "AttentionWeights",
    "AveragePool1D",
    "AveragePool2D",
    "BatchNorm",
    "BiasAdd",
    "Bidirectional",
    "BinaryCrossEntropy",
    "BinaryCrossEntropyWithLogits",
    "BusyError",
    "Constant",
    "Conv1D",
    "Conv2D",
    "ConvTranspose2D",
    "CosineLoss",
    "CosineSchedule",
    "DeadGuard",
    "Dense",
    "DrawError",
    "Dropout",
    "DtypeGuard",
    "Embedding",
    "Erf",
    "Erfc",
    "ExplodingGuard",
    "ExponentialSchedule",
    "FeedError",
    "Flatten",
    "GlobalAveragePool1D",
    "GlobalAveragePool2D",
    "GlobalMaxPool1D",
    "GlobalMaxPool2D",
    "GradientError",
    "GradientShapeError",
    "Graph",
    "GraphError",
    "GraphnnError",
    "GroupNorm",
    "Guard",
    "GuardError",
    "HardSigmoid",
    "HardSwish",
    "HardTanh",
    "Hinge",
    "History",
    "Huber",
    "ImpureHook",
    "InfGuard",
    "Input",
    "InstanceNorm",
    "KLDivergence",
    "Layer",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LinearSchedule",
    "Lion",
    "LogCosh",
    "LogSigmoid",
    "LogSoftmax",
    "Loss",
    "MaxPool1D",
    "MaxPool2D",
    "MeanAbsoluteError",
    "MeanSquaredError",
    "Mish",
    "MissingFolder",
    "MissingHook",
    "MissingNode",
    "MultiClassHinge",
    "MultiHeadAttention",
    "NAdam",
    "NaNGuard",
    "NegativeLogLikelihood",
    "Nesterov",
    "NeuralNetwork",
    "Node",
    "NotFiniteError",
    "NotRunError",
    "OneCycleSchedule",
    "Operation",
    "Optimizer",
    "PReLU",
    "ParamOperation",
    "Parameter",
    "PlateauSchedule",
    "PoissonLoss",
    "PositionEmbedding",
    "QuantileLoss",
    "RMSNorm",
    "RMSProp",
    "ReLU",
    "ReLU6",
    "Recurrent",
    "Reshape",
    "Residual",
    "SGDMomentum",
    "ScaledDotProductAttention",
    "Schedule",
    "Sequential",
    "ShapeError",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "SoftmaxCrossEntropy",
    "Softplus",
    "Softsign",
    "State",
    "StepSchedule",
    "Stepper",
    "Tanh",
    "Trainer",
    "TransformerBlock",
    "TransformerDecoderBlock",
    "UnsupportedAttribute",
    "UnsupportedError",
    "VanishingGuard",
    "WarmUp",
    "WeightMultiply",
    "accuracy",
    "check_gradients",
    "checkpoint",
    "confusion_matrix",
    "data",
    "elementwise_grad",
    "f1",
    "grad",
    "guard",
    "hessian",
    "hvp",
    "initializers",
    "jacobian",
    "make_jvp",
    "make_vjp",
    "mean_absolute_error",
    "mean_squared_error",
    "origin",
    "paused",
    "precision",
    "r2",
    "recall",
    "root_mean_squared_error",
    "scope",
    "set_trace",
    "statuses",
    "stop_gradient",
    "top_k_accuracy",
    "trace",
    "value_and_grad",
]


LAZY = {
    "Activation": "graphnn.nn",
    "AdaGrad": "graphnn.train.adaptive",
    "Adam": "graphnn.train.adam",
    "AdamW": "graphnn.train.adam",
    "Adamax": "graphnn.train.adam",
    "AttentionWeights": "graphnn.ops.attention",
    "AveragePool1D": "graphnn.nn.pooling",
    "AveragePool2D": "graphnn.nn.pooling",
    "BatchNorm": "graphnn.nn.batch_normalization",
    "Bidirectional": "graphnn.nn.bidirectional",
    "BinaryCrossEntropy": "graphnn.ops.binary_cross_entropy",
    "BinaryCrossEntropyWithLogits": "graphnn.ops.binary_cross_entropy",
    "CELU": "graphnn.ops.rectifiers",
    "Conv1D": "graphnn.nn.convolution",
    "Conv2D": "graphnn.nn.convolution",
    "ConvTranspose2D": "graphnn.nn.convolution",
    "CosineLoss": "graphnn.ops.cosine_loss",
    "CosineSchedule": "graphnn.train.schedules",
    "DeadGuard": "graphnn.guards.kinds",
    "Dense": "graphnn.nn",
    "Dropout": "graphnn.nn.dropout",
    "DtypeGuard": "graphnn.guards.dtypes",
    "ELU": "graphnn.ops.rectifiers",
    "Embedding": "graphnn.nn.embedding",
    "Erf": "graphnn.ops.error_function",
    "Erfc": "graphnn.ops.error_function",
    "ExplodingGuard": "graphnn.guards.kinds",
    "ExponentialSchedule": "graphnn.train.schedules",
    "Flatten": "graphnn.nn.flattening",
    "GELU": "graphnn.ops.smooth_activations",
    "GLU": "graphnn.ops.smooth_activations",
    "GRU": "graphnn.nn.recurrent",
    "GlobalAveragePool1D": "graphnn.nn.pooling",
    "GlobalAveragePool2D": "graphnn.nn.pooling",
    "GlobalMaxPool1D": "graphnn.nn.pooling",
    "GlobalMaxPool2D": "graphnn.nn.pooling",
    "GroupNorm": "graphnn.nn.normalization",
    "Guard": "graphnn.guards.checking",
    "HardSigmoid": "graphnn.ops.rectifiers",
    "HardSwish": "graphnn.ops.rectifiers",
    "HardTanh": "graphnn.ops.rectifiers",
    "Hinge": "graphnn.ops.hinge",
    "History": "graphnn.train.history",
    "Huber": "graphnn.ops.regression_losses",
    "InfGuard": "graphnn.guards.kinds",
    "InstanceNorm": "graphnn.nn.normalization",
    "KLDivergence": "graphnn.ops.kl_divergence",
    "LSTM": "graphnn.nn.recurrent",
    "Layer": "graphnn.nn",
    "LayerNorm": "graphnn.nn.normalization",
    "LeakyReLU": "graphnn.ops.rectifiers",
    "LinearSchedule": "graphnn.train.schedules",
    "Lion": "graphnn.train.lion",
    "LogCosh": "graphnn.ops.regression_losses",
    "LogSigmoid": "graphnn.ops.smooth_activations",
    "LogSoftmax": "graphnn.ops.softmax",
    "MaxPool1D": "graphnn.nn.pooling",
    "MaxPool2D": "graphnn.nn.pooling",
    "MeanAbsoluteError": "graphnn.ops.regression_losses",
    "Mish": "graphnn.ops.smooth_activations",
    "MultiClassHinge": "graphnn.ops.hinge",
    "MultiHeadAttention": "graphnn.nn.attention",
    "NAdam": "graphnn.train.adam",
    "NaNGuard": "graphnn.guards.kinds",
    "NegativeLogLikelihood": "graphnn.ops.cross_entropy",
    "Nesterov": "graphnn.train.sgd",
    "NeuralNetwork": "graphnn.nn",
    "OneCycleSchedule": "graphnn.train.cycles",
    "Optimizer": "graphnn.train.optimizer",
    "PReLU": "graphnn.ops.rectifiers",
    "PlateauSchedule": "graphnn.train.plateau",
    "PoissonLoss": "graphnn.ops.regression_losses",
    "PositionEmbedding": "graphnn.nn.embedding",
    "QuantileLoss": "graphnn.ops.regression_losses",
    "RMSNorm": "graphnn.nn.normalization",
    "RMSProp": "graphnn.train.adaptive",
    "RNN": "graphnn.nn.recurrent",
    "ReLU6": "graphnn.ops.rectifiers",
    "Recurrent": "graphnn.nn.recurrent",
    "Reshape": "graphnn.nn.flattening",
    "Residual": "graphnn.nn.sequential",
    "SELU": "graphnn.ops.rectifiers",
    "SGD": "graphnn.train.sgd",
    "SGDMomentum": "graphnn.train.sgd",
    "ScaledDotProductAttention": "graphnn.ops.attention",
    "Schedule": "graphnn.train.schedules",
    "Sequential": "graphnn.nn.sequential",
    "SiLU": "graphnn.ops.smooth_activations",
    "Softmax": "graphnn.ops.softmax",
    "SoftmaxCrossEntropy": "graphnn.ops.cross_entropy",
    "Softplus": "graphnn.ops.smooth_activations",
    "Softsign": "graphnn.ops.smooth_activations",
    "StepSchedule": "graphnn.train.schedules",
    "Stepper": "graphnn.debug.stepper",
    "Trainer": "graphnn.train.trainer",
    "TransformerBlock": "graphnn.nn.transformer",
    "TransformerDecoderBlock": "graphnn.nn.transformer",
    "VanishingGuard": "graphnn.guards.kinds",
    "WarmUp": "graphnn.train.cycles",
    "accuracy": "graphnn.train.metrics",
    "check_gradients": "graphnn.testing",
    "confusion_matrix": "graphnn.train.confusion",
    "f1": "graphnn.train.confusion",
    "guard": "graphnn.guards.guarding",
    "initializers": "graphnn.nn",
    "mean_absolute_error": "graphnn.train.regression_metrics",
    "mean_squared_error": "graphnn.train.regression_metrics",
    "origin": "graphnn.guards.statuses",
    "precision": "graphnn.train.confusion",
    "r2": "graphnn.train.regression_metrics",
    "recall": "graphnn.train.confusion",
    "root_mean_squared_error": "graphnn.train.regression_metrics",
    "set_trace": "graphnn.debug.session",
    "statuses": "graphnn.guards.statuses",
    "top_k_accuracy": "graphnn.train.metrics",
}
"""Names that most programs do not need, and where they are imported from when used."""


def __getattr__(name: str) -> Any:
    """Import what is seldom needed when it is; suggest a name for a misspelt one."""
    if name in LAZY:
        value = globals()[name] = getattr(import_module(LAZY[name]), name)
        return value
    fix = ""
    if not name.startswith("_"):
        from graphnn.other_names import suggestion  # only where something is wrong

        fix = f" {suggestion(name, __all__)}"
    raise AttributeError(f"module 'graphnn' has no attribute {name!r}.{fix}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
