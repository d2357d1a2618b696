"""Settings and data that cannot be, for each public layer, loss, metric, optimizer.

What is refused is refused by an error of graphnn that names the thing, and whatever it
was still works afterwards.
"""

import inspect

import numpy as np
import pytest

import graphnn as gn

# -- settings: a value for every parameter that needs one, the bad ones in turn --------
GIVEN = {
    "Activation": {"activation": "relu"},
    "Bidirectional": {"layer": gn.GRU(3)},
    "Conv1D": {"filters": 4, "kernel_size": 3},
    "Conv2D": {"filters": 4, "kernel_size": 3},
    "ConvTranspose2D": {"filters": 4, "kernel_size": 3},
    "CosineSchedule": {"lr": 0.1, "steps": 10},
    "Dense": {"neurons": 3},
    "Embedding": {"vocabulary": 5, "neurons": 3},
    "ExponentialSchedule": {"lr": 0.1, "factor": 0.9},
    "GRU": {"neurons": 3},
    "GroupNorm": {"groups": 2},
    "LSTM": {"neurons": 3},
    "LinearSchedule": {"lr": 0.1, "steps": 10},
    "MultiHeadAttention": {"heads": 2},
    "OneCycleSchedule": {"lr": 0.1, "steps": 10},
    "PlateauSchedule": {"lr": 0.1},
    "PositionEmbedding": {"length": 5},
    "RNN": {"neurons": 3},
    "Reshape": {"row_shape": (2, 2)},
    "StepSchedule": {"lr": 0.1, "every": 3},
    "TransformerBlock": {"heads": 2},
    "TransformerDecoderBlock": {"heads": 2},
    "WarmUp": {"steps": 3, "then": 0.1},
}
OTHERS = {"BiasAdd", "Graph", "History", "Input", "NeuralNetwork", "Node", "Operation"}
OTHERS |= {"Constant", "Layer", "Loss", "Optimizer", "ParamOperation", "Parameter"}
OTHERS |= {"Recurrent", "Residual", "Schedule", "Sequential", "State", "Trainer"}
OTHERS |= {"Guard", "Stepper", "WeightMultiply"}
KINDS = sorted(
    name
    for name in gn.__all__
    if isinstance(getattr(gn, name), type)
    and not issubclass(getattr(gn, name), BaseException)
    and name not in OTHERS
)
COUNTS = {"filters", "groups", "growth", "head_size", "heads", "hidden", "length"}
COUNTS |= {"every", "kernel_size", "neurons", "pool_size", "steps", "stride"}
COUNTS |= {"dilation", "vocabulary"}
FLAGS = {"amsgrad", "bias", "causal", "centered", "count_include_pad", "log_target"}
FLAGS |= {"decoupled_weight_decay", "log_prediction", "masked", "maximize", "nesterov"}
FLAGS |= {"norm_first", "restarts", "return_sequences", "return_state", "reverse"}
FLAGS |= {"squared", "three_phase", "unroll", "approximate", "zeros"}
ABOVE_0 = {"beta", "clip_norm", "clip_value", "delta", "div_factor", "epsilon"}
ABOVE_0 |= {"factor", "final_div_factor", "lr", "margin", "alpha", "quantile"}
ABOVE_0 |= {"limit"}
SHARES = {"dampening", "dropout", "label_smoothing", "momentum", "rate"}
AT_LEAST_0 = {"cooldown", "eps", "final", "initial_accumulator_value", "lr_decay"}
AT_LEAST_0 |= {"min_lr", "momentum_decay", "patience", "start", "threshold", "warm_up"}
AT_LEAST_0 |= {"weight_decay"}
NUMBERS = ABOVE_0 | SHARES | AT_LEAST_0 | {"forget_bias", "high", "low", "scale"}
NUMBERS |= {"slope"}
NAMES = {"activation", "data_format", "merge", "recurrent_init", "reduction", "shape"}
NAMES |= {"weight_init", "padding"}

NO_NUMBER = ["3", b"3", True, [], {}, object(), 1j, np.array([1.0, 2.0])]
NO_FLAG = [0, 1, "yes", None, np.array([1, 2]), object()]


def bad_values(kind, name):
    """List what the parameter of that name must not take."""
    if name in FLAGS or (name in ("scale", "shift") and "Norm" in kind):
        return NO_FLAG
    if name in COUNTS:
        return [0, -1, 2.5, np.nan, "3", b"3", True, [], {}, object(), 1j]
    if name in NAMES:
        return ["no such name", b"relu", 3.5, {}, object()]
    if name in NUMBERS:
        more = [np.nan, np.inf]
        if kind == "PReLU":  # takes an array of slopes
            return ["3", object(), np.nan, 1j, []]
        if name in ABOVE_0 and (kind, name) not in {("ELU", "alpha")}:
            more += [-1.0] if kind == "RMSProp" else [0.0, -1.0]
        if name in SHARES and kind != "BatchNorm":
            more += [1.0, -0.1]
        if name in AT_LEAST_0 or kind == "BatchNorm":
            more += [-0.1]
        return [*NO_NUMBER, *more]
    return []


def settings_of(kind):
    """List the parameters of a class, those included that it hands on."""
    names = list(inspect.signature(getattr(gn, kind)).parameters)
    if "shared" in names:
        names += ["weight_decay", "decoupled_weight_decay", "maximize", "clip_norm"]
        names += ["clip_value"]
    if "settings" in names:
        names += [*inspect.signature(gn.GRU).parameters][1:]
    return [name for name in names if name not in ("shared", "settings")]


@pytest.mark.parametrize("kind", KINDS)
def test_settings_that_cannot_be(kind):
    made, given = getattr(gn, kind), GIVEN.get(kind, {})
    made(**given)
    for name in settings_of(kind):
        for value in bad_values(kind, name):
            case = f"gn.{kind}({name}={value!r})"
            try:
                made(**{**given, name: value})
            except gn.GraphnnError as error:
                message = str(error)
                assert len(message) < 500, case
                words = message.replace("initialiser", "weight_init recurrent_init")
                words = words.replace("_", " ").lower()
                assert name.split("_")[0] in words or kind.lower() in words, case
            else:
                pytest.fail(f"{case} was accepted")


def test_every_setting_is_looked_at():
    known = COUNTS | FLAGS | NUMBERS | NAMES | {"scale", "shift"}
    other = {"at", "axis", "betas", "class_weights", "dtype", "ignore_index", "layer"}
    other |= {"output_padding", "padding_index", "pos_weight", "row_shape", "then"}
    other |= {"share"}
    found = {name for kind in KINDS for name in settings_of(kind)}
    assert found <= known | other


@pytest.mark.parametrize(
    ("make", "suggested"),
    [
        (lambda: gn.Dense(3, "sigmiod"), "sigmoid"),
        (lambda: gn.Dense(3, weight_init="glorat"), "glorot"),
        (lambda: gn.LSTM(3, recurrent_init="ortogonal"), "orthogonal"),
        (lambda: gn.Conv2D(3, 3, data_format="NCWH"), "NCHW"),
        (lambda: gn.BatchNorm(data_format="nhwc"), "NHWC"),
        (lambda: gn.Conv1D(3, 3, padding="casual"), "causal"),
        (lambda: gn.MaxPool2D(padding="sam"), "same"),
        (lambda: gn.Bidirectional(gn.GRU(3), merge="concat"), "concatenate"),
        (lambda: gn.SoftmaxCrossEntropy(reduction="means"), "mean"),
        (lambda: gn.OneCycleSchedule(0.1, 10, shape="cosin"), "cosine"),
        (lambda: gn.Adam(amsgrd=True), "amsgrad"),
    ],
)
def test_the_nearest_name_is_suggested(make, suggested):
    with pytest.raises(gn.GraphnnError, match=f"Did you mean '{suggested}'"):
        make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: gn.Adam(betas=0.9),
        lambda: gn.Adam(betas=(0.9, 1.0)),
        lambda: gn.StepSchedule(0.1, at=[3, 2.5]),
        lambda: gn.StepSchedule(0.1, at="soon"),
        lambda: gn.LayerNorm(axis=0),
        lambda: gn.LayerNorm(axis="last"),
        lambda: gn.Softmax(axis=1.5),
        lambda: gn.GLU(axis=None),
        lambda: gn.KLDivergence(axis="last"),
        lambda: gn.SoftmaxCrossEntropy(class_weights=1j),
        lambda: gn.SoftmaxCrossEntropy(class_weights=[1.0, -1.0]),
        lambda: gn.SoftmaxCrossEntropy(ignore_index=1.5),
        lambda: gn.BinaryCrossEntropyWithLogits(pos_weight="much"),
        lambda: gn.Embedding(5, 3, padding_index=5),
        lambda: gn.Embedding(5, 3, dtype="int32"),
        lambda: gn.ConvTranspose2D(3, 3, output_padding=1),
        lambda: gn.MaxPool2D(2, padding=2),
        lambda: gn.Conv2D(4, 3, groups=3),
        lambda: gn.MultiHeadAttention(heads=3, neurons=8),
        lambda: gn.Reshape((0, 2)),
        lambda: gn.Reshape((-1, -1)),
        lambda: gn.Bidirectional(gn.Dense(3)),
        lambda: gn.Bidirectional(gn.LSTM),
        lambda: gn.WarmUp(3, "later"),
        lambda: gn.HardTanh(1.0, -1.0),
        lambda: gn.initializers.normal(std=-1.0),
        lambda: gn.initializers.constant("one"),
        lambda: gn.SGD(parameters=[np.ones(3)]),
        lambda: gn.SGD(groups={"*": {"momentun": 0.9}}),
        lambda: gn.SGD(lr=gn.CosineSchedule),
    ],
)
def test_other_settings(make):
    with pytest.raises(gn.GraphnnError):
        make()


# -- data ------------------------------------------------------------------------------
def floats(*shape):
    return np.random.default_rng(0).standard_normal(shape)


LAYERS = {
    "Activation": (lambda: gn.Activation("relu"), floats(4, 5)),
    "AveragePool1D": (gn.AveragePool1D, floats(2, 6, 3)),
    "AveragePool2D": (gn.AveragePool2D, floats(2, 6, 6, 3)),
    "BatchNorm": (gn.BatchNorm, floats(4, 5)),
    "Bidirectional": (lambda: gn.Bidirectional(gn.GRU(3)), floats(2, 5, 3)),
    "Conv1D": (lambda: gn.Conv1D(4, 3), floats(2, 6, 3)),
    "Conv2D": (lambda: gn.Conv2D(4, 3), floats(2, 6, 6, 3)),
    "ConvTranspose2D": (lambda: gn.ConvTranspose2D(4, 3), floats(2, 6, 6, 3)),
    "Dense": (lambda: gn.Dense(3), floats(4, 5)),
    "Dropout": (gn.Dropout, floats(4, 5)),
    "Embedding": (lambda: gn.Embedding(5, 3), np.array([[0, 1, 2], [3, 4, 0]])),
    "Flatten": (gn.Flatten, floats(2, 3, 3)),
    "GRU": (lambda: gn.GRU(3), floats(2, 5, 3)),
    "GlobalAveragePool1D": (gn.GlobalAveragePool1D, floats(2, 6, 3)),
    "GlobalAveragePool2D": (gn.GlobalAveragePool2D, floats(2, 6, 6, 3)),
    "GlobalMaxPool1D": (gn.GlobalMaxPool1D, floats(2, 6, 3)),
    "GlobalMaxPool2D": (gn.GlobalMaxPool2D, floats(2, 6, 6, 3)),
    "GroupNorm": (lambda: gn.GroupNorm(2), floats(2, 6, 6, 4)),
    "InstanceNorm": (gn.InstanceNorm, floats(2, 6, 6, 4)),
    "LSTM": (lambda: gn.LSTM(3), floats(2, 5, 3)),
    "LayerNorm": (gn.LayerNorm, floats(4, 5)),
    "MaxPool1D": (gn.MaxPool1D, floats(2, 6, 3)),
    "MaxPool2D": (gn.MaxPool2D, floats(2, 6, 6, 3)),
    "MultiHeadAttention": (lambda: gn.MultiHeadAttention(2), floats(2, 5, 4)),
    "PositionEmbedding": (lambda: gn.PositionEmbedding(6), floats(2, 5, 4)),
    "RMSNorm": (gn.RMSNorm, floats(4, 5)),
    "RNN": (lambda: gn.RNN(3), floats(2, 5, 3)),
    "Reshape": (lambda: gn.Reshape((2, 2)), floats(3, 4)),
    "Residual": (lambda: gn.Residual(gn.Dense(5)), floats(4, 5)),
    "Sequential": (lambda: gn.Sequential(gn.Dense(3), "relu"), floats(4, 5)),
    "TransformerBlock": (lambda: gn.TransformerBlock(2), floats(2, 5, 4)),
}
OF_ANY_SHAPE = {"Activation", "Dropout", "Flatten", "Embedding", "Reshape"}
OF_ANY_SIZE = OF_ANY_SHAPE | {name for name in LAYERS if "Pool" in name}
OF_ANY_NDIM = OF_ANY_SHAPE | {"BatchNorm", "Dense", "LayerNorm", "RMSNorm"}
OF_ANY_NDIM |= {"GroupNorm", "InstanceNorm", "Residual", "Sequential"}
OF_ANY_NDIM |= {"MultiHeadAttention", "TransformerBlock"}


def no_arrays(x):
    """Give what no layer takes, whatever its shape."""
    yield None
    yield {"rows": 1}
    yield [[1.0], [1.0, 2.0]]
    yield x.astype(object)
    yield x.astype(str)
    yield np.full(x.shape, np.datetime64("2020-01-01"))


def no_batches(name, x):
    """Give arrays that are no batch for a layer that has seen another."""
    if name not in OF_ANY_SHAPE:
        yield x.flat[0]
    if name not in OF_ANY_NDIM:
        yield x[0]
        yield x[np.newaxis]
    if name in {"BatchNorm", "LSTM", "LayerNorm", "MaxPool1D", "MaxPool2D", "RMSNorm"}:
        yield x.astype(complex)
    if name not in OF_ANY_SIZE:
        yield np.concatenate([x, x[..., :1]], axis=-1)
        yield x[..., :0]


@pytest.mark.parametrize("fresh", [True, False], ids=["fresh", "again"])
@pytest.mark.parametrize("name", LAYERS)
def test_data_that_cannot_be(name, fresh):
    make, x = LAYERS[name]
    layer = make()
    layer.rng = np.random.default_rng(0)
    wanted = None if fresh else layer.forward(x)
    for bad in no_arrays(x):
        with pytest.raises(gn.GraphnnError, match=r"input of |numbers"):
            layer.forward(bad)
    if not fresh:
        for bad in no_batches(name, x):
            with pytest.raises(gn.GraphnnError) as caught:
                layer.forward(bad)
            assert str(bad.shape) in str(caught.value) or "complex" in str(caught.value)
    output = layer.forward(x)
    layer.backward(np.ones_like(output))
    assert fresh or np.array_equal(output, wanted)


def test_every_layer_has_its_data():
    layers = {name for name in KINDS if issubclass(getattr(gn, name), gn.Layer)}
    assert layers - set(LAYERS) == {"TransformerDecoderBlock"}  # takes two inputs


@pytest.mark.parametrize("name", sorted(set(LAYERS) - {"Embedding"}))
def test_whole_numbers_become_floats(name):
    make, x = LAYERS[name]
    whole = np.rint(3 * x).astype(np.int64)
    one, other = make(), make()
    one.rng, other.rng = np.random.default_rng(0), np.random.default_rng(0)
    np.testing.assert_allclose(
        one.forward(whole), other.forward(whole.astype(np.float64))
    )


@pytest.mark.parametrize(
    "ids",
    [[[5]], [[-1]], [[0.5]], [[np.nan]], [[1 + 0j]], [[10**30]], [["1"]]],
    ids=str,
)
def test_ids_that_are_none(ids):
    layer = gn.Embedding(5, 3)
    for _ in range(2):  # fresh, and again
        with pytest.raises(gn.GraphnnError):
            layer.forward(ids)
        assert layer.forward([[0, 4]]).shape == (1, 2, 3)


# -- losses and metrics ----------------------------------------------------------------
SHARES_OF_ROWS = np.array([[0.2, 0.3, 0.5], [0.6, 0.2, 0.2]])
CLASSES = np.array([0, 1])
TARGETS = {
    "BinaryCrossEntropy": SHARES_OF_ROWS,
    "BinaryCrossEntropyWithLogits": SHARES_OF_ROWS,
    "CosineLoss": SHARES_OF_ROWS,
    "Hinge": np.where(SHARES_OF_ROWS > 0.3, 1.0, -1.0),
    "Huber": SHARES_OF_ROWS,
    "KLDivergence": SHARES_OF_ROWS,
    "LogCosh": SHARES_OF_ROWS,
    "MeanAbsoluteError": SHARES_OF_ROWS,
    "MeanSquaredError": SHARES_OF_ROWS,
    "MultiClassHinge": CLASSES,
    "NegativeLogLikelihood": CLASSES,
    "PoissonLoss": SHARES_OF_ROWS,
    "QuantileLoss": SHARES_OF_ROWS,
    "SoftmaxCrossEntropy": CLASSES,
    "accuracy": CLASSES,
    "confusion_matrix": CLASSES,
    "f1": CLASSES,
    "mean_absolute_error": SHARES_OF_ROWS,
    "mean_squared_error": SHARES_OF_ROWS,
    "precision": CLASSES,
    "r2": SHARES_OF_ROWS,
    "recall": CLASSES,
    "root_mean_squared_error": SHARES_OF_ROWS,
    "top_k_accuracy": CLASSES,
}
OF_LOGARITHMS = {"KLDivergence", "NegativeLogLikelihood"}
OF_ONE_COLUMN = {"f1", "precision", "recall"}


def measured(name):
    """Give a function of prediction and target, and a pair that it takes."""
    made, prediction = getattr(gn, name), SHARES_OF_ROWS
    if name in OF_LOGARITHMS:
        prediction = np.log(prediction)
    if name in OF_ONE_COLUMN:
        prediction = np.array([0.2, 0.8])
    if isinstance(made, type):
        return made().forward, prediction, TARGETS[name]
    if name == "top_k_accuracy":
        return lambda *pair: made(*pair, k=2), prediction, TARGETS[name]
    return made, prediction, TARGETS[name]


@pytest.mark.parametrize("name", TARGETS)
def test_predictions_and_targets_that_cannot_be(name):
    measure, prediction, target = measured(name)
    wanted = measure(prediction, target)
    for bad in no_arrays(prediction):
        for pair in ((bad, target), (prediction, bad)):
            with pytest.raises(gn.GraphnnError):
                measure(*pair)
    wrong = [target[:1], np.concatenate([target, target]), np.ones((2, 3, 4))]
    wrong += [target.astype(complex), np.full(target.shape, np.nan)]
    if target is CLASSES:
        wrong += [target + 0.5]
        wrong += [] if name in {"confusion_matrix", *OF_ONE_COLUMN} else [-1 - target]
    else:  # of (n,) and (n, 1) no matrix (n, n) is made
        wrong += [np.ones(2), np.ones((2, 1)), CLASSES]
    for bad in wrong:
        with pytest.raises(gn.GraphnnError):
            measure(prediction, bad)
    assert np.array_equal(measure(prediction, target), wanted)


@pytest.mark.parametrize(
    "name", [name for name in TARGETS if TARGETS[name] is not CLASSES]
)
def test_a_column_against_a_row(name):
    measure = measured(name)[0]
    column, row = np.full((3, 1), 0.5), np.full(3, 0.5)
    for pair in ((column, row), (row, column)):
        with pytest.raises(gn.GraphnnError, match="reshape"):
            measure(*pair)


def test_every_loss_is_looked_at():
    losses = {name for name in KINDS if issubclass(getattr(gn, name), gn.Loss)}
    assert losses <= set(TARGETS)


@pytest.mark.parametrize(
    ("make", "here"),
    [
        (lambda: gn.Adam(learning_rate=0.1), "lr"),
        (lambda: gn.Adam(epsilon=0.1), "eps"),
        (lambda: gn.Adam(beta_1=0.9), "betas"),
        (lambda: gn.SGD(0.1, clipnorm=1.0), "clip_norm"),
        (lambda: gn.RMSProp(rho=0.9), "alpha"),
        (lambda: gn.SGD(params=[]), "parameters"),
    ],
)
def test_settings_of_optimizers_by_their_names_elsewhere(make, here):
    with pytest.raises(gn.GraphnnError, match=f"Here it is '{here}'") as caught:
        make()
    assert isinstance(caught.value, TypeError)  # as of any unknown keyword


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (
            lambda: gn.Dense(units=3),
            "Dense has no setting 'units'\nHere it is 'neurons'",
        ),
        (lambda: gn.Dense(3, use_bias=False), "Here it is 'bias'"),
        (lambda: gn.Conv2D(4, 3, strides=2), "Here it is 'stride'"),
        (lambda: gn.Dropout(p=0.5), "Here it is 'rate'"),
        (lambda: gn.LayerNorm(eps=1e-3), "Here it is 'epsilon'"),
        (lambda: gn.LSTM(3, return_sequence=True), "Did you mean 'return_sequences'"),
        (lambda: gn.MaxPool1D(kernel_size=3), "Did you mean 'pool_size'"),
        (lambda: gn.GRU(3, forget_bias=1.0), "GRU has no setting 'forget_bias'"),
    ],
)
def test_settings_of_layers_by_their_names_elsewhere(make, says):
    with pytest.raises(gn.GraphnnError, match=says) as caught:
        make()
    assert isinstance(caught.value, TypeError)
