"""The command line: ``graphnn demo``, ``draw``, ``check``, ``debug``, ``bench``, …."""

from __future__ import annotations

import argparse
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from graphnn.draw.arguments import (
    add_arguments,
    needs_gradients,
    needs_numbers,
    settings_of,
)
from graphnn.draw.options import check_count
from graphnn.draw.output.files import checked_path
from graphnn.draw.tables.fitting import columns
from graphnn.errors import ArgumentError, GraphnnError, did_you_mean
from graphnn.user_code import (
    UserCodeError,
    batches,
    call,
    load,
    load_object,
    print_traceback,
    run_backward,
    showable,
)

THING = (
    "file.py:name, where name is a network, a layer, a graph, a node, "
    "or a function without arguments that returns one"
)

CHECKED = (
    "file.py:name, where name is an operation or its class, a layer, a network, a "
    "graph, a node, a function written in NumPy, or one without arguments that returns "
    "any of these"
)


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
    known = parser()
    options, further = known.parse_known_args(arguments)
    if options.run is run_bench:
        options.further = further
    elif further:
        options.parser.error(unknown(further, options.parser))
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
    demo.set_defaults(run=run_demo, parser=demo)

    summary = commands.add_parser("summary", help="print the nodes of a network")
    add_thing(summary)
    summary.add_argument(
        "--depth",
        metavar="LEVELS",
        type=int,
        help="how many levels of names are told apart: with 1, each layer is one row",
    )
    summary.add_argument(
        "--width",
        metavar="COLUMNS",
        type=int,
        help="by default those of the terminal, and 80 where there is none, as in a "
        "file; what has no room is cut or left out",
    )
    summary.add_argument(
        "--all",
        action="store_true",
        help="every row of a long one; otherwise equal blocks are told once",
    )
    summary.add_argument(
        "--tree", action="store_true", help="a tree of names instead of a table"
    )
    summary.set_defaults(run=run_summary, parser=summary)

    draw = commands.add_parser("draw", help="draw a network into files")
    add_thing(draw)
    add_arguments(draw)
    draw.set_defaults(run=run_draw, parser=draw)

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
    check.set_defaults(run=run_check, parser=check)

    debug = commands.add_parser(
        "debug", help="step through a forward and a backward pass, and back in time"
    )
    debug.add_argument("thing", help=THING)
    debug.add_argument(
        "--input",
        dest="inputs",
        metavar="SHAPE",
        action="append",
        default=[],
        help="run a copy on a batch of random numbers, such as 4,13 (with a dtype, on "
        "zeros: 4,20:int); once for each input. By default: what was fed last",
    )
    debug.add_argument(
        "--target",
        metavar="NAME",
        help="the node where the backward pass starts; by default the loss, or the one "
        "that nothing consumes",
    )
    debug.add_argument(
        "--training", action="store_true", help="in training mode: with dropout, say"
    )
    debug.add_argument(
        "-c",
        "--command",
        dest="commands",
        metavar="COMMAND",
        action="append",
        default=[],
        help="do this first, as if it had been typed; may be given several times",
    )
    debug.set_defaults(run=run_debug, parser=debug)

    bench = commands.add_parser(
        "bench",
        help="measure the time and memory of training beside other libraries; "
        "`graphnn bench --help` tells its options",
        add_help=False,  # the benchmark has options, and help, of its own
    )
    bench.set_defaults(run=run_bench)
    return top


def unknown(further: Sequence[str], known: argparse.ArgumentParser) -> str:
    """Say what is no argument, and which option may be meant."""
    options = sorted(set(re.findall(r"--[a-z-]+", known.format_usage())))
    meant = [
        did_you_mean(typed.partition("=")[0], options)
        for typed in further
        if typed.startswith("--")
    ]
    near = [f". {text}" for text in meant if text.startswith("Did")]
    return f"unrecognized arguments: {' '.join(further)}{''.join(near)}"


def add_thing(command: argparse.ArgumentParser) -> None:
    """Let a command be told what to show."""
    command.add_argument("thing", help=THING)
    command.add_argument(
        "--input",
        dest="inputs",
        metavar="SHAPE",
        action="append",
        default=[],
        help="run a copy on a batch of zeros, such as 4,13 (with a dtype: 4,20:int); "
        "once for each input. Needed for what has not run yet",
    )


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
    """``graphnn summary file.py:name --input 4,13``."""
    check_count(options.depth, "depth", 0, "levels of names that are told apart")
    columns(options.width)
    thing, _ = load(options.thing, options.inputs)
    settings = {"depth": options.depth, "width": options.width}
    if options.tree:
        text = thing.tree(**settings, max_lines=None if options.all else 60)
    else:
        text = thing.summary(**settings, max_rows=None if options.all else 200)
    print(text)
    return 0


def run_draw(options: argparse.Namespace) -> int:
    """``graphnn draw file.py:name -o out.svg --input 4,13``."""
    settings = settings_of(options)  # refused before the user's file runs
    paths = [checked_path(path) for path in options.outputs]
    backward = needs_gradients(options, settings)
    thing, name, file = load_object(options.thing)
    if takes_nothing(thing):
        thing = call(thing, options.thing, file)
    arrays = batches(options.inputs, random=needs_numbers(options, settings))
    shown = showable(thing, options.thing, file, arrays)
    failed: Exception | None = None
    if backward:
        given = None if arrays else thing
        try:
            remark = run_backward(shown, given, options.target, file)
            settings.setdefault("caption", remark)
        except Exception as error:
            if shown.failure is None:
                raise
            failed = error  # the picture shows where
    for path in paths or [Path(f"{name}.svg")]:
        print(shown.draw(path, **settings))
    if failed is not None:
        raise failed
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


def run_debug(options: argparse.Namespace) -> int:
    """``graphnn debug file.py:name``: the debugger in the terminal."""
    from graphnn.debug.terminal.debugger import Debugger
    from graphnn.debug.terminal.launching import names_in_file, stepper_over

    thing, _, path = load_object(options.thing)
    if takes_nothing(thing):
        thing = call(thing, options.thing, path)
    arrays = batches(options.inputs, random=True)
    stepper, remark = stepper_over(
        showable(thing, options.thing, path, arrays),
        thing if not arrays else None,
        options.target,
        options.training,
    )
    if remark:
        print(remark)
    names = names_in_file(path)
    Debugger(stepper, namespace=names, commands=options.commands).interact()
    return 0


def run_bench(options: argparse.Namespace) -> int:
    """``graphnn bench --workloads w1,w2``: run the script of the source tree."""
    import graphnn

    script = Path("tests", "benchmarks", "bench.py")
    # An installed package stands alone; whoever has the source is likely inside it.
    places = [Path(graphnn.__file__).parents[1] / script, script]
    for place in places:
        if place.is_file():
            return subprocess.call([sys.executable, str(place), *options.further])
    raise ArgumentError(
        "the benchmark is part of graphnn's source, and that is not here",
        "Go to the folder of a copy of the source (a clone of its repository), where "
        "README.md is, and run it there: `graphnn bench`.",
    )
