"""Layers and networks."""

from graphnn.nn.activation import Activation
from graphnn.nn.dense import Dense
from graphnn.nn.layer import Layer
from graphnn.nn.network import NeuralNetwork

__all__ = ["Activation", "Dense", "Layer", "NeuralNetwork"]
