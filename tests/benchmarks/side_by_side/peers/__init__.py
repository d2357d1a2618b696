"""Who takes part: one module for each, which offers `STEPS` by workload."""

from typing import NamedTuple


class Peer(NamedTuple):
    """A library, or a way of writing."""

    title: str
    needs: str = "numpy"
    """What has to be installed; a peer without it is left out."""
    trains: bool = True
    """False for a floor: a part of the work, without a loss to compare."""


PEERS = {
    "graphnn": Peer("graphnn", "graphnn"),
    "graphnn_replay": Peer("graphnn, built once", "graphnn"),
    "torch_eager": Peer("PyTorch, eager", "torch"),
    "jax_jit": Peer("JAX, jit", "jax"),
    "autograd_hips": Peer("HIPS autograd", "autograd"),
    "mygrad": Peer("MyGrad", "mygrad"),
    "sklearn_mlp": Peer("scikit-learn", "sklearn"),
    "numpy_plain": Peer("NumPy, plain"),
    "numpy_out": Peer("NumPy, out="),
    "blas_only": Peer("matrix products only", trains=False),
}
OURS = ("graphnn", "graphnn_replay")
ALWAYS = ("numpy_plain", "numpy_out", "blas_only")
"""What can be done by hand is part of every comparison."""
