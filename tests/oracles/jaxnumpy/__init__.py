"""The same expression in NumPy on nodes, and in jax.numpy."""
