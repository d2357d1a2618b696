"""Plans: the NumPy calls of a whole pass as one flat list over reused buffers."""
