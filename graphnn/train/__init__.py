"""Training: optimizers, the trainer, what it records."""

from graphnn.train.history import History
from graphnn.train.metrics import accuracy
from graphnn.train.optimizers import SGD, Optimizer
from graphnn.train.trainer import Trainer

__all__ = ["SGD", "History", "Optimizer", "Trainer", "accuracy"]
