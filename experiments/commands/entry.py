"""The first thing of the command that is imported: from here on Ctrl-C ends it cleanly.

SIGTERM and SIGHUP end it as Ctrl-C does, unless whoever started it has them ignored. Nothing is
imported here that Python has to read first (as `signal` and `typing`): until `_listen` has run an
interrupt meets Python itself, which tells of it in its own way.
"""

import _signal  # the part of `signal` that is built in
import atexit
import os
import sys

from experiments import STOPPING, signals_heard

INTERRUPTED = 130
IGNORED, BY_DEFAULT = _signal.SIG_IGN, _signal.SIG_DFL
LATER_SECONDS = 0.05
over: list[bool] = []  # whether the command has ended


def main() -> None:
    """Run the command and leave with its exit code."""
    try:
        _listen()
        os.environ["PYTHONSAFEPATH"] = "1"  # a folder that was handed over holds no code of ours
        _run()
    except KeyboardInterrupt:  # one more, while it ended
        os._exit(INTERRUPTED)
    except SystemExit as left:
        if left.code == INTERRUPTED:
            _leave()
        raise


def _run() -> None:
    try:
        from experiments.commands.cli import main as run

        run()
    except KeyboardInterrupt:
        over.append(True)
        os.write(2, b"Interrupted; nothing half-written is left.\n")
        sys.exit(INTERRUPTED)
    finally:
        over.append(True)
        for each in STOPPING:  # from here on a second one ends it at once
            if _signal.getsignal(each) != IGNORED:
                _signal.signal(each, BY_DEFAULT)


def _leave() -> None:
    """Leave as interrupted.

    Python would end itself by SIGINT where an interrupt fell into code that it had just made of
    text (as data classes are), whoever caught it; so it is left before it looks.
    """
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def _listen() -> None:
    for each in STOPPING:
        if _signal.getsignal(each) != IGNORED:
            _signal.signal(each, _stop)
    sys.unraisablehook = _not_lost


def _stop(number: int, frame: object) -> None:
    signals_heard.append(number)
    if not over:
        raise KeyboardInterrupt


def _not_lost(fault: "sys.UnraisableHookArgs") -> None:
    """An interrupt that fell where nothing can be raised comes again a moment later."""
    if fault.exc_type is None or not issubclass(fault.exc_type, KeyboardInterrupt):
        sys.__unraisablehook__(fault)
    elif not over:
        import threading

        again = threading.Timer(LATER_SECONDS, _again)
        again.daemon = True
        again.start()


def _again() -> None:
    if not over:
        os.kill(os.getpid(), signals_heard[-1])


if __name__ == "__main__":
    main()
