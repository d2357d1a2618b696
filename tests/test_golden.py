"""The book's chapter 3, number for number.

S. Weidman, "Deep Learning from Scratch", O'Reilly 2019, ch. 3: three networks on the
Boston housing data. Its numbers hang on NumPy's legacy global random stream, so the
test draws its own batches and sets the parameters.
"""

import numpy as np
import pytest
from mlxtend.data import boston_housing_data
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

import graphnn as gn

SEED = 20190501
EPOCHS = 50
BATCH = 32

RUNS = {
    "linear regression": (
        lambda: [gn.Dense(1, "linear")],
        [30.293, 28.469, 26.293, 25.541, 25.087],
        (3.52, 5.01),
    ),
    "one hidden layer": (
        lambda: [gn.Dense(13, "sigmoid"), gn.Dense(1, "linear")],
        [27.435, 21.839, 18.918, 17.195, 16.215],
        (2.60, 4.03),
    ),
    "two hidden layers": (
        lambda: [
            gn.Dense(13, "sigmoid"),
            gn.Dense(13, "sigmoid"),
            gn.Dense(1, "linear"),
        ],
        [44.143, 25.278, 22.339, 16.500, 14.655],
        (2.45, 3.83),
    ),
}


@pytest.fixture(scope="module")
def boston():
    """Features scaled over all rows, targets as columns: train X, test X, train y, …"""
    data, target = boston_housing_data()
    assert data.shape == (506, 13)
    data = StandardScaler().fit_transform(data)
    X_train, X_test, y_train, y_test = train_test_split(
        data, target, test_size=0.3, random_state=80718
    )
    return X_train, X_test, y_train.reshape(-1, 1), y_test.reshape(-1, 1)


def set_parameters(net):
    """Draw each layer's parameters as the book does: every layer from the same seed."""
    params = net.params()
    for weight, bias in zip(params[::2], params[1::2], strict=True):
        np.random.seed(SEED)  # noqa: NPY002, TID251 -- the book's stream
        weight[...] = np.random.randn(*weight.shape)  # noqa: NPY002
        bias[...] = np.random.randn(*bias.shape)  # noqa: NPY002


def train_as_the_book(net, optimizer, boston):
    X, X_test, y, y_test = boston
    net.forward(X[:3])  # sets the layers up, drawing nothing from the global stream
    optimizer.net = net
    np.random.seed(SEED)  # noqa: NPY002, TID251
    losses = []
    for epoch in range(1, EPOCHS + 1):
        order = np.random.permutation(len(X))  # noqa: NPY002
        X, y = X[order], y[order]
        if epoch == 1:
            set_parameters(net)  # seeds again; the stream goes on from the last layer
        for start in range(0, len(X), BATCH):
            rows = slice(start, start + BATCH)
            net.train_batch(X[rows], y[rows])
            optimizer.step()
        if epoch % 10 == 0:
            losses.append(net.forward_loss(X_test, y_test))
    return losses


@pytest.mark.parametrize("run", RUNS)
def test_boston_as_in_the_book(run, boston):
    layers, wanted, (mean_absolute, root_mean_square) = RUNS[run]
    net = gn.NeuralNetwork(layers(), gn.MeanSquaredError())
    legacy = np.random.get_state()  # noqa: NPY002
    try:
        losses = train_as_the_book(net, gn.SGD(0.01), boston)
    finally:
        np.random.set_state(legacy)  # noqa: NPY002
    assert [round(loss, 3) for loss in losses] == wanted

    _, X_test, _, y_test = boston
    error = net.predict(X_test) - y_test
    assert round(float(np.mean(np.abs(error))), 2) == mean_absolute
    assert round(float(np.sqrt(np.mean(error**2))), 2) == root_mean_square
