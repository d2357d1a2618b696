"""The command line: ``graphnn demo``, ``summary``, ``draw``, ``check``."""

from __future__ import annotations

import argparse
import importlib.machinery
import importlib.util
import inspect
import os
import sys
import traceback
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType, TracebackType
from typing import Any

from graphnn.errors import ArgumentError, GraphnnError, NotRunError, did_you_mean

THING = (
    "file.py:name, where name is a network, a layer, a graph, a node, "
    "or a function without arguments that returns one"
)

CHECKED = (
    "file.py:name, where name is an operation or its class, a layer, a network, a "
    "graph, a node, a function written in NumPy, or one without arguments that returns "
    "any of these"
)


class UserCodeError(Exception):
    """The user's own file raised; ``__cause__`` is what it raised."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.path = path


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        What stands after ``graphnn``; by default ``sys.argv[1:]``.

    Returns
    -------
    int
        The exit status: 0; 1 where the user's file raised or a gradient is wrong; 2
        where the request cannot be met.
    """
    options = parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except UserCodeError as error:
        print_traceback(error)
        return 1
    except BrokenPipeError:
        # `graphnn summary … | head`: the reader has had enough. What is left in the
        # buffer goes nowhere, or the interpreter would complain while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (GraphnnError, OSError) as error:
        lines = [line.rstrip(".") for line in str(error).splitlines()]
        print(f"graphnn: error: {'. '.join(lines)}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return status


def parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    top = argparse.ArgumentParser(
        prog="graphnn",
        description="A neural-network library in which nothing is hidden.",
    )
    top.add_argument("--version", action="version", version=f"graphnn {own_version()}")
    commands = top.add_subparsers(title="commands", required=True, metavar="command")

    demo = commands.add_parser(
        "demo", help="train on digits, draw the network, step through a backward pass"
    )
    demo.set_defaults(run=run_demo)

    summary = commands.add_parser("summary", help="print the nodes of a network")
    summary.add_argument("thing", help=THING)
    summary.set_defaults(run=run_summary)

    draw = commands.add_parser("draw", help="draw a network into a file")
    draw.add_argument("thing", help=THING)
    draw.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        type=Path,
        help=".svg, .png, .pdf or .dot; by default <name>.svg in the current folder",
    )
    draw.set_defaults(run=run_draw)

    check = commands.add_parser(
        "check", help="compare gradients with finite differences, node by node"
    )
    check.add_argument("thing", help=CHECKED)
    check.add_argument(
        "--order",
        type=int,
        choices=(1, 2),
        default=2,
        help="1 for the gradients only, 2 for the gradients of the gradients, too",
    )
    check.add_argument(
        "--seed", type=int, default=0, help="of all that is drawn; by default 0"
    )
    check.add_argument(
        "--samples",
        type=int,
        default=64,
        help="how many elements of a larger array are compared one by one",
    )
    check.set_defaults(run=run_check)
    return top


def own_version() -> str:
    """Return the installed version, or say that there is none."""
    try:
        return version("graphnn")
    except PackageNotFoundError:
        return "(not installed)"


def run_demo(options: argparse.Namespace) -> int:
    """``graphnn demo``."""
    from graphnn import demo

    demo.main()
    return 0


def run_summary(options: argparse.Namespace) -> int:
    """``graphnn summary file.py:name``."""
    thing, _ = load(options.thing)
    print(thing.summary())
    return 0


def run_draw(options: argparse.Namespace) -> int:
    """``graphnn draw file.py:name -o out.svg``."""
    thing, name = load(options.thing)
    path = options.output or Path(f"{name}.svg")
    thing.draw(path)
    print(path)
    return 0


def run_check(options: argparse.Namespace) -> int:
    """``graphnn check file.py:name``: print the report; 1 for a wrong gradient."""
    from graphnn.testing import check_gradients

    thing, _, path = load_object(options.thing)
    if takes_nothing(thing):
        thing = call(thing, options.thing, path)
    try:
        report = check_gradients(
            thing,
            order=options.order,
            samples=options.samples,
            seed=options.seed,
            raises=False,
        )
    except GraphnnError:
        raise
    except Exception as error:  # in a hook of the user's
        raise UserCodeError(path) from error
    print(report)
    return 0 if report.ok else 1


def takes_nothing(thing: Any) -> bool:
    """Tell a function without arguments, which makes what is meant."""
    if isinstance(thing, type) or not inspect.isfunction(thing):
        return False
    return not inspect.signature(thing).parameters


def load(reference: str) -> tuple[Any, str]:
    """Load what ``file.py:name`` means: something that can be summed up and drawn.

    Returns
    -------
    thing : NeuralNetwork or Graph
        For a layer or a node it is the graph.
    name : str
        The part after the colon.
    """
    thing, name, path = load_object(reference)
    return showable(thing, reference, path), name


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


def showable(thing: Any, reference: str, path: Path) -> Any:
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
    graph = thing if isinstance(thing, gn.Graph) else thing.graph
    if graph is None or len(graph) == 0:
        raise NotRunError(
            f"{reference} ({type(thing).__name__}) has no graph yet",
            "It is built with the first batch: run forward(X) on it in the file.",
        )
    return thing if isinstance(thing, gn.NeuralNetwork) else graph


def call(function: Any, reference: str, path: Path) -> Any:
    """Call a user's function (or class) that needs no argument."""
    try:
        inspect.signature(function).bind()
    except TypeError as error:
        raise ArgumentError(
            f"{reference} cannot be called without arguments: {error}",
            "Wrap it in a function that takes none.",
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
