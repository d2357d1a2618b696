"""What things of PyTorch, Keras and the book are called here, for messages."""

from __future__ import annotations

from collections.abc import Iterable

from graphnn.errors import did_you_mean

OURS = {
    "adadelta": "gn.AdaGrad or gn.RMSProp",
    "adaptiveavgpool2d": "gn.GlobalAveragePool2D",
    "add": "a + b, of nodes",
    "averagepooling1d": "gn.AveragePool1D",
    "averagepooling2d": "gn.AveragePool2D",
    "avgpool1d": "gn.AveragePool1D",
    "avgpool2d": "gn.AveragePool2D",
    "batchnorm1d": "gn.BatchNorm",
    "batchnorm2d": "gn.BatchNorm",
    "batchnormalization": "gn.BatchNorm",
    "bceloss": "gn.BinaryCrossEntropy",
    "bcewithlogitsloss": "gn.BinaryCrossEntropyWithLogits",
    "binarycrossentropy": "gn.BinaryCrossEntropy",
    "categoricalcrossentropy": "gn.SoftmaxCrossEntropy",
    "concat": "np.concatenate([a, b], axis=-1), of nodes",
    "concatenate": "np.concatenate([a, b], axis=-1), of nodes",
    "conv2dtranspose": "gn.ConvTranspose2D",
    "cosineannealinglr": "gn.CosineSchedule",
    "cosinedecay": "gn.CosineSchedule",
    "cosineembeddingloss": "gn.CosineLoss",
    "cosinesimilarity": "gn.CosineLoss",
    "crossentropy": "gn.SoftmaxCrossEntropy",
    "crossentropyloss": "gn.SoftmaxCrossEntropy",
    "dataloader": "gn.Trainer(network, optimizer).fit(X, y, batch_size=32)",
    "exponentiallr": "gn.ExponentialSchedule",
    "globalaveragepooling1d": "gn.GlobalAveragePool1D",
    "globalaveragepooling2d": "gn.GlobalAveragePool2D",
    "huberloss": "gn.Huber",
    "kldivergence": "gn.KLDivergence",
    "kldivloss": "gn.KLDivergence",
    "kullbackleibler": "gn.KLDivergence",
    "l1loss": "gn.MeanAbsoluteError",
    "lambda": "a layer of your own that defines _connect",
    "layernormalization": "gn.LayerNorm",
    "linearlr": "gn.LinearSchedule",
    "mae": "gn.MeanAbsoluteError",
    "maxpooling1d": "gn.MaxPool1D",
    "maxpooling2d": "gn.MaxPool2D",
    "model": "gn.NeuralNetwork",
    "module": "gn.Layer",
    "mse": "gn.MeanSquaredError",
    "mseloss": "gn.MeanSquaredError",
    "multiheadattention": "gn.MultiHeadAttention",
    "multimarginloss": "gn.MultiClassHinge",
    "nllloss": "gn.NegativeLogLikelihood",
    "nograd": "gn.stop_gradient; a forward pass keeps no gradients",
    "onecyclelr": "gn.OneCycleSchedule",
    "poissonnllloss": "gn.PoissonLoss",
    "reducelronplateau": "gn.PlateauSchedule",
    "simplernn": "gn.RNN",
    "smoothl1loss": "gn.Huber",
    "sparsecategoricalcrossentropy": "gn.SoftmaxCrossEntropy",
    "steplr": "gn.StepSchedule",
    "swish": "gn.SiLU",
    "tensor": "gn.Constant, gn.Input or gn.Parameter",
    "transformerdecoderlayer": "gn.TransformerDecoderBlock",
    "transformerencoderlayer": "gn.TransformerBlock",
    "variable": "gn.Parameter",
}
"""By the name elsewhere, in small letters and without underscores."""


OF_NETWORKS = {
    "compile": "the loss is given to gn.NeuralNetwork, the optimizer to gn.Trainer",
    "eval": "predict and evaluate are no training passes, nor is forward(X)",
    "fit": "gn.Trainer(network, optimizer).fit(X, y)",
    "get_weights": "network.params() are the arrays",
    "load_state_dict": "write into the arrays: network.params()[0][...] = array",
    "loss_fn": "network.loss",
    "named_parameters": "network.parameters, each with a name",
    "score": "gn.accuracy(network.predict(X), y)",
    "set_weights": "write into the arrays: network.params()[0][...] = array",
    "state_dict": "network.params() are the arrays, network.states the running means",
    "train": "training is a mode of the pass: forward(X, training=True)",
    "training": "training is a mode of the pass: forward(X, training=True)",
    "weights": "network.params() are the arrays, network.parameters the nodes",
    "zero_grad": "each backward pass starts afresh, so nothing is to be zeroed",
}
"""What methods of networks elsewhere are here."""

OF_SETTINGS = {
    "affine": ("scale",),
    "beta_1": ("betas",),
    "beta_2": ("betas",),
    "center": ("shift",),
    "clipnorm": ("clip_norm",),
    "clipvalue": ("clip_value",),
    "embed_dim": ("neurons",),
    "embedding_dim": ("neurons",),
    "eps": ("epsilon",),
    "epsilon": ("eps",),
    "go_backwards": ("reverse",),
    "hidden_size": ("neurons",),
    "input_dim": ("vocabulary",),
    "kernel_initializer": ("weight_init",),
    "key_dim": ("head_size",),
    "learning_rate": ("lr",),
    "normalized_shape": ("axis",),
    "num_embeddings": ("vocabulary",),
    "num_groups": ("groups",),
    "num_heads": ("heads",),
    "out_channels": ("filters",),
    "out_features": ("neurons",),
    "output_dim": ("neurons",),
    "p": ("rate", "dropout"),
    "padding_idx": ("padding_index",),
    "params": ("parameters",),
    "recurrent_initializer": ("recurrent_init",),
    "rho": ("alpha",),
    "strides": ("stride",),
    "units": ("neurons", "filters"),
    "use_bias": ("bias",),
}
"""What settings elsewhere are called here, by the thing that has them."""


def suggestion(name: str, known: Iterable[str]) -> str:
    """Say what is meant by a name from elsewhere, or by one that is misspelt.

    Examples
    --------
    >>> suggestion("CrossEntropyLoss", [])
    'Here it is gn.SoftmaxCrossEntropy.'
    >>> suggestion("Sigmod", ["Sigmoid", "Tanh"])
    "Did you mean 'Sigmoid'?"
    """
    ours = OURS.get(name.casefold().replace("_", ""))
    return did_you_mean(name, known) if ours is None else f"Here it is {ours}."


def setting(name: str, known: Iterable[str]) -> str:
    """Say which of the known settings is meant by a name from elsewhere.

    Examples
    --------
    >>> setting("learning_rate", ["lr", "betas", "eps"])
    "Here it is 'lr'."
    >>> setting("beta", ["lr", "betas", "eps"])
    "Did you mean 'betas'?"
    """
    known = list(known)
    ours = [repr(here) for here in OF_SETTINGS.get(name, ()) if here in known]
    return f"Here it is {ours[0]}." if ours else did_you_mean(name, known)
