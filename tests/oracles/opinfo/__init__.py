"""PyTorch's own sample inputs (OpInfo), run through NumPy functions on nodes."""
