"""Layers, losses and optimizers against PyTorch's."""
