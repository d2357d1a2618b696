"""Objects of a user's own files, for the command line: loaded, called, run, shown."""

from __future__ import annotations

import copy
import importlib.machinery
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

import numpy as np

from graphnn.errors import ArgumentError, GraphnnError, NotRunError, did_you_mean


class UserCodeError(Exception):
    """The user's own file raised; ``__cause__`` is what it raised."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


def load(reference: str, inputs: Sequence[str] = ()) -> tuple[Any, str]:
    """Load what ``file.py:name`` means: something that can be summed up and drawn.

    Parameters
    ----------
    reference : str
    inputs : sequence of str
        The shapes of a batch, such as ``4,13`` or ``4,20:int``, on which a copy runs.

    Returns
    -------
    thing : NeuralNetwork or Graph
        For a layer or a node it is the graph.
    name : str
        The part after the colon.
    """
    thing, name, path = load_object(reference)
    return showable(thing, reference, path, batches(inputs)), name


def batches(inputs: Sequence[str], *, random: bool = False) -> list[Any]:
    """Make a batch of each shape, of zeros or of the same random numbers each time."""
    from graphnn.debug.terminal.launching import random_batch

    zeros = [zeros_of(text) for text in inputs]
    return [random_batch(batch) for batch in zeros] if random else zeros


def load_object(reference: str) -> tuple[Any, str, Path]:
    """Load the object that ``file.py:name`` means, its name, and the file's path."""
    file, colon, name = reference.rpartition(":")
    if not colon or not file or not name:
        raise ArgumentError(
            f"{reference!r} does not say what is meant",
            "Write file.py:name, for example model.py:network.",
        )
    path = Path(file)
    if not path.is_file():
        what = "is not a file" if path.exists() else "does not exist"
        raise ArgumentError(f"{file} {what}")
    module = load_file(path.resolve())
    try:
        thing = getattr(module, name)
    except AttributeError:
        public = [known for known in vars(module) if not known.startswith("_")]
        raise ArgumentError(
            f"{file} has no {name!r}", did_you_mean(name, public)
        ) from None
    return thing, name, path.resolve()


def load_file(path: Path) -> ModuleType:
    """Run a Python file as a module, with its folder importable."""
    sys.path.insert(0, str(path.parent))
    # The file is known under its own name, so that its neighbours can import it; unless
    # that would hide a module that something else needs (a user's random.py).
    taken = path.stem in sys.modules or path.stem in sys.stdlib_module_names
    name = f"graphnn_loads_{path.stem}" if taken else path.stem
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    spec = importlib.util.spec_from_loader(name, loader)
    if spec is None:
        raise ArgumentError(f"{path} cannot be loaded as a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        loader.exec_module(module)
    except SystemExit as error:
        raise exits(path) from error
    except Exception as error:
        raise UserCodeError(path) from error
    return module


def exits(path: Path) -> ArgumentError:
    """Make the error for a file that ends the program where it should be loaded."""
    return ArgumentError(
        f"{path.name} calls sys.exit when it is loaded",
        'Put what the program does under `if __name__ == "__main__":`.',
    )


def showable(thing: Any, reference: str, path: Path, arrays: list[Any]) -> Any:
    """Turn an object of the user's file into a network or a graph with nodes."""
    import graphnn as gn

    kinds = (gn.NeuralNetwork, gn.Layer, gn.Graph, gn.Node)
    if not isinstance(thing, kinds) and callable(thing):
        thing = call(thing, reference, path)
    if not isinstance(thing, kinds):
        raise ArgumentError(
            f"{reference} is of type {type(thing).__name__}",
            "It must be a NeuralNetwork, a Layer, a Graph or a node, "
            "or a function without arguments that returns one.",
        )
    if arrays:
        thing = run_copy(thing, reference, path, arrays)
    graph = thing if isinstance(thing, gn.Graph) else thing.graph
    if graph is None or len(graph) == 0:
        what = f"{reference} ({type(thing).__name__})"
        if not runs_on_arrays(thing):
            raise NotRunError(f"{what} has no graph yet", "Give what is made with it.")
        raise NotRunError(
            f"{what} has no graph yet",
            "It is built with the first batch: run forward(X) on it in the file, or "
            "give the shape of a batch: --input 4,13 (with a dtype: --input 4,20:int).",
        )
    return thing if isinstance(thing, gn.NeuralNetwork) else graph


def runs_on_arrays(thing: Any) -> bool:
    """Tell what can be run on a batch: networks, layers, recipes of operations."""
    import graphnn as gn

    is_recipe = isinstance(thing, gn.Operation) and not thing.id
    return is_recipe or isinstance(thing, gn.NeuralNetwork | gn.Layer)


def run_copy(thing: Any, reference: str, path: Path, arrays: list[Any]) -> Any:
    """Run a copy of a network, a layer or an operation, so that it has a graph."""
    import graphnn as gn

    if not runs_on_arrays(thing):
        raise ArgumentError(
            f"{reference} ({type(thing).__name__}) takes no --input",
            "That is for networks, layers and operations; this one is shown as it is.",
        )
    fresh = copy.deepcopy(thing)
    several = isinstance(fresh, gn.NeuralNetwork) and len(arrays) > 1
    try:
        with np.errstate(all="ignore"):  # zeros are no data of the user's
            fresh.forward(*([tuple(arrays)] if several else arrays))
    except GraphnnError:
        raise
    except Exception as error:
        raise UserCodeError(path) from error
    return fresh


def run_backward(shown: Any, thing: Any, targets: Sequence[str], path: Path) -> str:
    """Run a backward pass, so that there are gradients, unless there are.

    Parameters
    ----------
    shown : NeuralNetwork or Graph
    thing : object
        What the user named: where it is a node, it is the target.
    targets : sequence of str
        The name of the node to start from, if the user has given one.
    path : Path
        The user's file.

    Returns
    -------
    str
        What a reader should know of it: it need not begin at a loss.
    """
    from graphnn.debug.terminal.launching import is_input_to_follow, target_of
    from graphnn.graph.gradients import is_differentiable

    graph = getattr(shown, "graph", shown)
    if len(targets) > 1:
        raise ArgumentError(
            "gradients come from one node, and several targets are given",
            "Give one --target, or draw without gradients.",
        )
    node = target_of(graph, shown, thing, targets[0] if targets else None)
    if node.output_grad is not None:
        return ""
    try:
        if any(each.output is None for each in graph.order(node)):
            graph.forward(target=node)
        if isinstance(node.output, tuple) or not is_differentiable(node.output):
            what = "several outputs" if isinstance(node.output, tuple) else node.dtype
            raise ArgumentError(
                f"there are no gradients to draw: {node.name} holds {what}",
                "Say where the backward pass starts: --target NAME.",
            )
        seed = None if node.size == 1 else np.ones(node.shape, node.dtype)
        wrt = None
        if not any(parameter.trainable for parameter in graph.parameters):
            wrt = [each for each in graph.order(node) if is_input_to_follow(each)]
        with np.errstate(all="ignore"):
            graph.backward(node, seed, wrt=wrt)
    except GraphnnError:
        raise
    except Exception as error:  # in a hook of the user's
        raise UserCodeError(path) from error
    if node.size == 1:
        return f"gradients of {node.name}"
    return f"gradients of the sum of {node.name}"


def zeros_of(text: str) -> Any:
    """Make a batch of zeros from its shape, and a dtype that may follow.

    Raises
    ------
    ArgumentError

    Examples
    --------
    >>> zeros_of("2,3").shape, zeros_of("4:int").dtype
    ((2, 3), dtype('int64'))
    """
    sizes, _, dtype = text.partition(":")
    parts = [part.strip() for part in sizes.split(",")]
    if not all(part.isdecimal() and int(part) for part in parts):
        raise ArgumentError(
            f"--input {text} is no shape",
            "Write the sizes with commas between them, the rows first: --input 4,13.",
        )
    try:
        kind = np.dtype(dtype or "float")
    except TypeError:
        kind = np.dtype(object)
    if kind.kind not in "biufc":
        names = ("int", "float", "float32", "bool", "complex")
        raise ArgumentError(
            f"--input {text}: {dtype!r} is no dtype of numbers",
            did_you_mean(dtype, names),
        )
    return np.zeros([int(part) for part in parts], kind)


def call(function: Any, reference: str, path: Path) -> Any:
    """Call a user's function (or class) that needs no argument."""
    try:
        inspect.signature(function).bind()
    except TypeError as error:
        fix = "Wrap it in a function that takes none."
        if isinstance(function, type):
            fix = f"Give an instance instead of the class: it = {function.__name__}(…)."
        raise ArgumentError(
            f"{reference} cannot be called without arguments: {error}", fix
        ) from None
    except ValueError:  # something built in, which does not tell its arguments
        pass
    try:
        return function()
    except SystemExit as error:
        raise exits(path) from error
    except Exception as error:
        raise UserCodeError(path) from error


def print_traceback(error: UserCodeError) -> None:
    """Print what the user's file raised, from the user's first line on."""
    cause = error.__cause__
    if cause is None:
        return
    lines: TracebackType | None = cause.__traceback__
    while lines is not None and Path(lines.tb_frame.f_code.co_filename) != error.path:
        lines = lines.tb_next
    # No line of the user's at all: a syntax error, which says by itself where it is.
    traceback.print_exception(type(cause), cause, lines)
