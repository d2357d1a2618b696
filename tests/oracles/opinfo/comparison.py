"""One sample input: PyTorch against graphnn."""

import numpy as np
from evaluation import Evaluation, differences, plain
from opinfo.pytorch import PytorchRun, drawn

NOT_DIFFERENTIABLE = ("is not implemented", "is not differentiable")


class Left(Exception):
    """A sample that is not compared, with the reason."""


def compare(op, entry, sample):
    """Compare one sample; say what was compared.

    Raises
    ------
    Left
        Where the sample cannot be compared.
    AssertionError
        Where values or gradients differ.
    """
    run = PytorchRun(op, sample, entry.of)
    arguments, settings = run.as_arrays()
    for reason, applies in entry.unless.items():
        if applies(*plain(arguments), **plain(settings)):
            raise Left(reason)

    def function(*arguments, **settings):
        outputs = entry.function(*arguments, **settings)
        return outputs if entry.of is None else entry.of(np, outputs)

    if not run.variables:
        raise Left("none of its arguments can be a node")
    try:
        evaluation = Evaluation(function, arguments, settings)
    except TypeError as error:
        if "not supported for the input types" in str(error):
            raise Left("NumPy's function does not take complex numbers") from error
        raise
    expect("values", evaluation.values, run.values, entry)
    if not any(output.requires_grad for output in run.outputs):
        return "values (PyTorch has no gradient here)"
    rng = np.random.default_rng(0)
    cotangents = run.cotangents(rng)
    try:
        theirs = run.gradients(cotangents)
    except (RuntimeError, NotImplementedError) as error:
        if any(text in str(error) for text in NOT_DIFFERENTIABLE):
            return "values (PyTorch has no gradient here)"
        raise
    expect("gradients", evaluation.gradients(cotangents), theirs, entry)
    if entry.first_only or not op.supports_gradgrad:
        return "values and gradients"
    second = [drawn(rng, first) for first in run.firsts]
    try:
        theirs = run.second_gradients(second)
    except (RuntimeError, NotImplementedError) as error:
        if any(text in str(error) for text in NOT_DIFFERENTIABLE):
            return "values and gradients"
        raise
    ours = evaluation.second_gradients(cotangents, second)
    expect("second derivatives", ours, theirs, entry)
    return "values, gradients and second derivatives"


def expect(what, ours, theirs, entry):
    """Raise where two lists of arrays differ."""
    text = differences(ours, theirs, entry.rtol, entry.atol)
    if text:
        raise AssertionError(f"{what}: {text}")
