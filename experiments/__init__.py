"""Experiments: runs, sweeps and comparisons, and the command that asks for them."""

import _signal  # the part of `signal` that is built in

#: Signals that end the command; here, as an interrupt can come before anything else is read.
STOPPING = [getattr(_signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP")
            if hasattr(_signal, name)]  # fmt: skip
signals_heard: list[int] = []  # some libraries turn an interrupt into an error of theirs
