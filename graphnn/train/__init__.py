"""Training: optimizers, schedules, the trainer, metrics, what a run recorded.

Its names are those of :mod:`graphnn`, which imports the modules when they are used.
"""
