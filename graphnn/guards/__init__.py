"""Guards: NaN, infinities, and what else goes wrong with numbers, where it is born.

Its names are those of :mod:`graphnn`, which imports the modules when they are used.
"""
