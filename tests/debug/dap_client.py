"""A small client of the debug adapter protocol: what an editor says to debugpy."""

import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import graphnn

ROOT = Path(graphnn.__file__).parents[1]
"""Where graphnn is imported from."""

REPOSITORY = Path(__file__).parents[2]
PLUGINS = REPOSITORY / "graphnn" / "debug" / "dap"
"""Where the plug-in is found; an installation puts it elsewhere."""

TIMEOUT = 120.0


class Refused(Exception):
    """A request that the adapter did not grant."""


class Client:
    """An editor that debugs one script.

    Parameters
    ----------
    script : Path
    **settings
        Of the launch request, beside those that make it a run of the script.
    """

    def __init__(self, script, **settings):
        self.script = Path(script)
        self.settings = settings
        self.sequence = 0
        self.messages = queue.Queue()
        self.answers = {}
        self.events = []
        self.deadline = time.monotonic() + TIMEOUT
        self.paths = [str(ROOT), str(PLUGINS)]
        self.environment = {
            **os.environ,
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "HOME": str(self.script.parent),
        }
        self.environment.pop("PYTHONPATH", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "debugpy.adapter"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self.script.parent,
            env=self.environment,
            start_new_session=True,
        )
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    # -- the wire ----------------------------------------------------------------------
    def read(self):
        """Read messages until the adapter ends."""
        stream = self.process.stdout
        while True:
            length = 0
            while (line := stream.readline()) not in (b"\r\n", b""):
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            if not length:
                self.messages.put(None)
                return
            self.messages.put(json.loads(stream.read(length)))

    def send(self, command, arguments=None):
        """Send a request; give its number."""
        self.sequence += 1
        message = {
            "seq": self.sequence,
            "type": "request",
            "command": command,
            "arguments": arguments or {},
        }
        data = json.dumps(message).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
        self.process.stdin.flush()
        return self.sequence

    def receive(self):
        """Take in one message, whatever it is."""
        left = self.deadline - time.monotonic()
        try:
            message = self.messages.get(timeout=max(left, 0.01))
        except queue.Empty:
            raise TimeoutError(f"no message; events so far: {self.events}") from None
        if message is None:
            raise EOFError(f"the adapter has ended; events so far: {self.events}")
        if message["type"] == "response":
            self.answers[message["request_seq"]] = message
        elif message["type"] == "event":
            self.events.append(message)

    def answer(self, number):
        """Wait for the answer to a request."""
        while number not in self.answers:
            self.receive()
        answer = self.answers.pop(number)
        if not answer["success"]:
            raise Refused(answer.get("message"))
        return answer.get("body", {})

    def ask(self, command, **arguments):
        """Send a request and wait for its answer."""
        return self.answer(self.send(command, arguments))

    def event(self, *names):
        """Wait for the next event of some names, and take it."""
        while True:
            for event in self.events:
                if event["event"] in names:
                    self.events.remove(event)
                    return event
            self.receive()

    # -- what a person does ------------------------------------------------------------
    def start(self, lines=(), functions=()):
        """Begin to debug, with breakpoints on lines of the script and on functions."""
        self.capabilities = self.ask(
            "initialize",
            clientID="graphnn",
            adapterID="debugpy",
            pathFormat="path",
            linesStartAt1=True,
            columnsStartAt1=True,
            supportsVariableType=True,
        )
        launching = self.send(
            "launch",
            {
                "type": "debugpy",
                "program": str(self.script),
                "cwd": str(self.script.parent),
                "python": [sys.executable],
                "console": "internalConsole",
                "subProcess": False,
                "env": {"PYTHONPATH": os.pathsep.join(self.paths)},
                **self.settings,
            },
        )
        self.event("initialized")
        if lines:
            self.ask(
                "setBreakpoints",
                source={"path": str(self.script)},
                breakpoints=[{"line": line} for line in lines],
            )
        if functions:
            self.ask(
                "setFunctionBreakpoints",
                breakpoints=[
                    f if isinstance(f, dict) else {"name": f} for f in functions
                ],
            )
        self.ask("configurationDone")
        self.answer(launching)

    def stop(self):
        """Wait until the program stops; give the frames, the innermost first."""
        event = self.event("stopped", "terminated")
        if event["event"] == "terminated":
            raise EOFError("the program ran to its end")
        self.thread = event["body"]["threadId"]
        return self.ask("stackTrace", threadId=self.thread)["stackFrames"]

    def go(self, command="continue"):
        """Go on: ``continue``, ``next``, ``stepIn``, ``stepOut``."""
        self.ask(command, threadId=self.thread)

    def variables(self, frame):
        """Give the local variables of a frame, by name."""
        scopes = self.ask("scopes", frameId=frame["id"])["scopes"]
        return self.children(next(s for s in scopes if s["name"] == "Locals"))

    def children(self, parent):
        """Give what a variable unfolds into, by name."""
        reference = parent["variablesReference"]
        children = self.ask("variables", variablesReference=reference)["variables"]
        return {child["name"]: child for child in children}

    def evaluate(self, expression, frame, context="watch"):
        """Evaluate an expression in a frame."""
        answer = self.ask(
            "evaluate", expression=expression, frameId=frame["id"], context=context
        )
        return answer["result"]

    def finish(self):
        """Let the program run to its end; give its exit code and what it printed."""
        self.go()
        code = self.event("exited")["body"]["exitCode"]
        self.event("terminated")
        outputs = [e["body"] for e in self.events if e["event"] == "output"]
        return code, "".join(
            body["output"] for body in outputs if body.get("category") == "stdout"
        )

    def close(self):
        """End the program and the adapter."""
        self.deadline = time.monotonic() + 20
        with suppress(Refused, EOFError, TimeoutError, OSError):
            self.ask("disconnect", terminateDebuggee=True)
        with suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.reader.join(10)
        self.process.stdout.close()
