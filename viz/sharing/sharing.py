"""What a page asks for beside playing: its command line, a recording, contrasts, responses."""

import threading
from typing import Any

from viz.background.background_answers import answers_of
from viz.background.contrasts import contrasts_of
from viz.background.responses import asked_of, response_of
from viz.server.address import shown_by
from viz.session.playing import Playing
from viz.sharing.command import command_of
from viz.sharing.recording import recording_of


def tell_command(runner: Playing, _: dict[str, Any]) -> None:
    """The command line of the run on the page."""
    assert runner.session is not None
    runner.send({"kind": "command", **command_of(runner.session, runner.page_request)}, [])


def tell_recording(runner: Playing, _: dict[str, Any]) -> None:
    """All that was lived as one HTML file."""
    session = runner.session
    assert session is not None
    shown = shown_by(None, session.moves, runner.page_request, runner.beginnings.data)
    made = recording_of(session, runner.page_request, shown).encode()
    policies = "-".join(watched.policy.name for watched in session.watched)
    name = "".join(letter if letter.isalnum() or letter in "_-" else "-" for letter in policies)
    runner.send({"kind": "recording", "name": f"{name}.html"}, [made])


def tell_contrasts(runner: Playing, _: dict[str, Any]) -> None:
    """The contrasts of the sweep that the server was started with, read anew, beside the clock."""
    sweep, send = runner.page_request.sweep, runner.send
    if sweep is not None:
        read = answers_of(runner.answers).contrast
        threading.Thread(
            target=lambda: send({"kind": "contrasts", **contrasts_of(sweep, read)}, []), daemon=True
        ).start()


def tell_response(runner: Playing, message: dict[str, Any]) -> None:
    """What a parameter does, lived beside the clock; one that a page may ask for has a range."""
    session, send, lever = runner.session, runner.send, str(message.get("lever"))
    assert session is not None
    session.beginning.setup.parameters.entry(lever, key="lever")
    live, folder = answers_of(runner.answers).response, runner.page_request.folder
    asked = asked_of(lever, runner.page_request, runner.beginnings.data)

    def work() -> None:
        found = response_of(asked, folder, live, lambda: not runner.closed.is_set())
        send({"kind": "answer", **found}, [])

    threading.Thread(target=work, daemon=True).start()


SHARING = {
    "command": tell_command,
    "record": tell_recording,
    "contrasts": tell_contrasts,
    "response": tell_response,
}
