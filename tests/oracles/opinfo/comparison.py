"""One sample input: PyTorch against graphnn."""

import numpy as np
from evaluation import Evaluation, differences, plain
from opinfo.pytorch import PytorchRun, drawn
from tally import Left

NOT_DIFFERENTIABLE = ("is not implemented", "is not differentiable")
NO_GRADIENT = "PyTorch has no gradient here"
NO_SECOND = "PyTorch has no second derivative here"


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
    if not run.variables:
        raise Left("none of its arguments can be a node")

    def function(*arguments, **settings):
        outputs = entry.function(*arguments, **settings)
        return outputs if entry.of is None else entry.of(np, outputs)

    try:
        evaluation = Evaluation(function, arguments, settings)
    except TypeError:
        raise_left_if_numpy_refuses(function, plain(arguments), plain(settings))
        raise
    expect("values", evaluation.values, run.values, entry)
    if not any(output.requires_grad for output in run.outputs):
        return f"values ({NO_GRADIENT})"
    rng = np.random.default_rng(0)
    cotangents = run.cotangents(rng)
    theirs = unless_not_implemented(run.gradients, cotangents)
    if theirs is None:
        return f"values ({NO_GRADIENT})"
    expect("gradients", evaluation.gradients(cotangents), theirs, entry)
    if entry.first_only or not op.supports_gradgrad:
        return f"values and gradients ({entry.first_only or NO_SECOND})"
    second = [drawn(rng, first) for first in run.firsts]
    theirs = unless_not_implemented(run.second_gradients, second)
    if theirs is None:
        return f"values and gradients ({NO_SECOND})"
    ours = evaluation.second_gradients(cotangents, second)
    expect("second derivatives", ours, theirs, entry)
    return "values, gradients and second derivatives"


def raise_left_if_numpy_refuses(function, arguments, settings):
    """Tell a dtype that NumPy's function does not take from an error of graphnn's."""
    try:
        function(*arguments, **settings)
    except TypeError as error:
        if "not supported for the input types" in str(error):
            raise Left("NumPy's function does not take complex numbers") from error


def unless_not_implemented(compute, cotangents):
    """Compute gradients with PyTorch; give None where it says that it cannot."""
    try:
        return compute(cotangents)
    except (RuntimeError, NotImplementedError) as error:
        if any(text in str(error) for text in NOT_DIFFERENTIABLE):
            return None
        raise


def expect(what, ours, theirs, entry):
    """Raise where two lists of arrays differ."""
    text = differences(ours, theirs, entry.rtol, entry.atol)
    if text:
        raise AssertionError(f"{what}: {text}")
