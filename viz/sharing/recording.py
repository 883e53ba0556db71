"""A recording: one HTML file that plays what was lived, from disk and without any request.

It holds the page's own script and styles and, compressed, what a session would have sent: the
scene, the series and sentences, every frame that is remembered, and cards as they are at the end.
"""

import base64
import gzip
import html
import json
from typing import Any

import numpy as np

from viz.bundle import script
from viz.scene.cards import card_of
from viz.scene.frames import pack
from viz.scene.scene import FLOW_SITES, scene_of
from viz.server.page_requests import PageRequest
from viz.server.strings import strings, text
from viz.server.widget import style
from viz.session.session import Session

PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
html, body {{ margin: 0; }}
{style}
</style>
</head>
<body>
<noscript>{noscript}</noscript>
<main id="joinedup-page"></main>
<script type="application/octet-stream" id="joinedup-recorded">{recorded}</script>
<script type="module">
{script}</script>
</body>
</html>
"""
NOTHING_ELSE = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
)


def recording_of(session: Session, page_request: PageRequest, shown: dict[str, Any]) -> str:
    """The file. `shown` is what a page knows of addresses (`viz.server.address.shown_by`).

    `session`: the futures that are watched.
    """
    title = " | ".join(watched.policy.title for watched in session.watched)
    return PAGE.format(
        policy=NOTHING_ELSE,
        title=html.escape(f"{title} - {text('page', 'title')}"),
        style=style(),
        noscript=html.escape(text("share", "noscript")),
        recorded=base64.b64encode(
            gzip.compress(_content(session, page_request, shown), 9)
        ).decode(),
        script=script().replace("</script", "<\\/script"),
    )


def _content(session: Session, page_request: PageRequest, shown: dict[str, Any]) -> bytes:
    """All that is said, then the frames one after the other."""
    frames = list(session.frames)
    news = session.news(0)
    header = {
        "texts": strings(),
        "scene": {**scene_of(session, page_request), **shown, "recorded": True},
        "rows": news.rows,
        "events": news.events,
        "cards": [cards_of(watched, session) for watched in session.watched],
        "parting": session.parting,
        "first": session.first,
        "months": session.months,
        "sizes": [len(frame.data) for frame in frames],
    }
    body = np.frombuffer(b"".join(frame.data for frame in frames), np.uint8)
    return pack(json.loads(json.dumps(header)), {"frames": body})


def cards_of(watched: Any, session: Session) -> dict[str, dict[str, Any]]:
    """By kind and code, the card of everybody who can be selected."""
    place = session.beginning.setup.place
    kinds = dict(zip(place.trusts["trust"], place.trusts["kind"], strict=True))
    sites = place.sites[place.sites["trust"].map(kinds).isin(FLOW_SITES)]
    chosen = [
        *(("area", code) for code in place.areas["area"]),
        *(("practice", code) for code in place.practices["practice"]),
        *(("site", code) for code in sites["site"]),
        *(("body", code) for code in watched.economy.state.bodies.codes),
    ]
    return {f"{what} {code}": card_of(watched, what, code) for what, code in chosen}
