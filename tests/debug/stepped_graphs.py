"""Graphs to step through: one of each kind that a stepper has to cope with."""

import numpy as np
from hypothesis import strategies as st
from stepping import Case

import graphnn as gn


def rng_of(seed=0):
    return np.random.default_rng(seed)


def mlp():
    rng = rng_of(1)
    x, y = gn.Input("x", value=rng.normal(size=(4, 3))), gn.Input("y")
    y.value = rng.normal(size=(4, 1))
    first = gn.WeightMultiply(rng.normal(size=(3, 5)))(x)
    hidden = gn.Sigmoid()(gn.BiasAdd(rng.normal(size=(1, 5)))(first))
    last = hidden @ gn.Parameter(rng.normal(size=(5, 1)), name="last")
    loss = np.mean((last - y) ** 2)
    return Case(loss.graph, loss, {x: rng.normal(size=(4, 3))}, {x: np.ones((4, 3))})


def network(training=True):
    """Dropout and running means: states, residuals, frozen parameters."""
    rng = rng_of(2)
    net = gn.NeuralNetwork(
        [gn.Dense(4, gn.Tanh()), gn.BatchNorm(), gn.Dropout(0.5), gn.Dense(1)],
        gn.MeanSquaredError(),
        seed=0,
    )
    feeds, loss = net.prepare(rng.normal(size=(6, 3)), rng.normal(size=(6, 1)))
    other = {node: value[::-1].copy() for node, value in feeds.items()}
    net.parameters[1].trainable = False
    case = Case(loss.graph, loss, feeds, other, training=training)
    case.network = net  # its layers keep the names
    return case


def unrolled():
    """A loop over time with shared parameters, and a hook that leaves residuals."""
    rng = rng_of(3)

    class Squash(gn.Operation):
        def _output(self):
            self.mask = self.input_ > 0
            return np.where(self.mask, self.input_, 0.1 * self.input_)

        def _input_grad(self, output_grad):
            self.used = output_grad * 1.0
            return np.where(self.mask, output_grad, 0.1 * output_grad)

    x = gn.Input("x", value=rng.normal(size=(2, 3, 2)))
    w = gn.Parameter(rng.normal(size=(2, 3)), name="w")
    u = gn.Parameter(rng.normal(size=(3, 3)), name="u")
    state = gn.Constant(np.zeros((2, 3)))
    squash = Squash()
    for time in range(3):
        state = squash(x[:, time] @ w + state @ u)
    return Case(
        state.graph,
        state,
        other={x: rng.normal(size=(2, 3, 2))},
        output_grad=rng.normal(size=(2, 3)),
        wrt=[x],
    )


def lstm():
    rng = rng_of(4)
    x = gn.Input("x", value=rng.normal(size=(2, 3, 2)))
    loss = np.sum(gn.LSTM(3)(x) ** 2)
    return Case(loss.graph, loss, {}, {x: rng.normal(size=(2, 3, 2))}, wrt=[x])


def several_outputs():
    rng = rng_of(5)
    a = gn.Parameter(rng.normal(size=(3, 3)), name="a")
    x = gn.Input("x", value=rng.normal(size=(3, 3)))
    values, vectors = np.linalg.eigh(x + a)
    _, spectrum, _ = np.linalg.svd(a * 2.0)
    first, _, third = np.split(vectors @ x, 3)  # one that nothing uses
    loss = np.sum(values * spectrum) + np.sum(first * third)
    other = {x: rng.normal(size=(3, 3))}
    return Case(loss.graph, loss, {}, other, wrt=[x, values])


def integers():
    """Paths that carry no gradient, and one that is cut."""
    rng = rng_of(6)
    x = gn.Input("x", value=rng.normal(size=4))
    w = gn.Parameter(rng.normal(size=4), name="w")
    frozen = gn.Parameter(rng.normal(size=4), name="frozen")
    frozen.trainable = False
    places = np.argsort(x * w)
    positive = (w > 0) * 1.0
    cut = gn.stop_gradient(np.exp(w) * frozen)
    total = np.take(w * x, places) * cut + positive * frozen
    loss = np.sum(total, axis=None)
    return Case(loss.graph, loss, {}, {x: rng.normal(size=4)}, wrt=[frozen])


def numbers():
    """0-d values, and a target that is used further on."""
    w, x = gn.Parameter(0.5, name="w"), gn.Input("x", value=1.5)
    y = np.sin(w * x) * 3.0
    z = y * y + w
    np.exp(z)
    return Case(z.graph, z, {x: 2.5}, {x: -1.0}, wrt=[y])


def forward_only():
    case = mlp()
    case.backward = False
    return case


def derivative():
    """The reverse pass as nodes, and the derivative of that."""
    x = gn.Input("x", value=[0.5, -1.0, 2.0])
    w = gn.Parameter(np.array([1.0, 2.0, 3.0]), name="w")
    y = np.sum(np.tanh(x * w) ** 2)
    (first,) = y.graph.gradient(y, w)
    loss = np.sum(first * first) + y
    return Case(loss.graph, loss, {}, {x: [1.0, 1.0, -1.0]}, wrt=[x])


def traced():
    def function(x, y):
        return np.sum(np.log(1.0 + np.exp(x @ y)))

    graph = gn.trace(function)(np.ones((2, 3)), rng_of(7).normal(size=(3, 2)))
    x, y = (node for node in graph.nodes if node.kind == "input")
    return Case(graph, None, {}, {x: np.zeros((2, 3))}, wrt=[x, y])


CASES = {
    make.__name__: make
    for make in (
        *(mlp, network, unrolled, lstm, several_outputs, integers, numbers),
        *(forward_only, derivative, traced),
    )
}


# -- random graphs ---------------------------------------------------------------------
UNARY = [np.tanh, np.sin, np.negative, np.square, gn.Sigmoid(), gn.stop_gradient]
UNARY += [np.transpose, lambda a: a[::-1], lambda a: a @ a, lambda a: a * 0.5]
UNARY += [lambda a: np.sort(a, axis=0), lambda a: np.cumsum(a, axis=1)]
BINARY = [np.add, np.multiply, np.subtract, np.maximum, np.matmul, np.divide]
BINARY += [lambda a, b: np.where(a > b, a, b), lambda a, b: a + np.sum(b, axis=0)]
BINARY += [lambda a, b: np.concatenate([a, b])[:2]]


def halves(a):
    one, other = np.split(a, 2)
    return np.concatenate([other, one])


def eigen(a):
    values, vectors = np.linalg.eigh(a)
    return vectors * values


UNARY += [halves, eigen]


@st.composite
def random_cases(draw):
    """Draw a graph over 2×2 matrices: any fan-out, several outputs, cut paths."""
    rng = rng_of(draw(st.integers(0, 1000)))
    x = gn.Input("x", value=rng.normal(size=(2, 2)))
    w = gn.Parameter(rng.normal(size=(2, 2)), name="w")
    v = gn.Parameter(rng.normal(size=(2, 2)), name="v")
    v.trainable = draw(st.booleans())
    nodes = [x, w, v]
    places = st.integers(0, 3)
    with np.errstate(all="ignore"):
        for _ in range(draw(st.integers(1, 8))):
            first = nodes[-1 - draw(places) % len(nodes)]
            second = nodes[-1 - draw(places) % len(nodes)]
            if draw(st.booleans()):
                made = draw(st.sampled_from(UNARY))(first)
            else:
                made = draw(st.sampled_from(BINARY))(first, second)
            nodes.append(made)
        total = nodes[-1] + sum(node for node in nodes[3:] if draw(st.booleans()))
        total = total * w
    inner = [node for node in nodes if node in total.graph.order(total)]
    wrt = [node for node in inner if node is not v and draw(st.booleans())][:2]
    other = {x: rng.normal(size=(2, 2))} if x in total.graph else {}
    return Case(
        total.graph,
        total,
        other=other,
        output_grad=rng.normal(size=(2, 2)),
        wrt=wrt,
    )
