"""The canvas page as one widget."""

from functools import cache
from pathlib import Path

import anywidget
import traitlets

from viz.bundle import script
from viz.server.strings import strings

HERE = Path(__file__).parents[1]
STYLES = ("page", "map", "panels", "pair", "person", "share")


@cache
def style() -> str:
    """All styles as one."""
    return "\n".join((HERE / "css" / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


class LiveWidget(anywidget.AnyWidget):
    """The page in the browser. It speaks in messages; its texts come with it."""

    _esm = traitlets.Unicode(script()).tag(sync=True)
    _css = traitlets.Unicode(style()).tag(sync=True)
    strings = traitlets.Dict(strings()).tag(sync=True)
