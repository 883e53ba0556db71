"""The canvas page as one widget: its script is put together from the modules in js/."""

import re
from functools import cache
from pathlib import Path

import anywidget
import traitlets

from viz.server.strings import strings

HERE = Path(__file__).parents[1]
# In the order in which they need one another; each is a module that can be read by itself.
SCRIPTS = (
    "strings", "frames", "store", "address", "colours", "controls", "dialog", "answers",
    "assumptions", "save", "svg_pen", "pair", "regimes", "legend", "map", "maps", "charts",
    "events", "pair_events", "luck", "levers", "card", "head", "transport", "speaker", "connection",
    "lanes", "risks", "causes", "alike", "person", "share", "contrasts", "page", "recorded",
)  # fmt: skip
STYLES = ("page", "map", "panels", "pair", "person", "share")
IMPORT = re.compile(r'^import (\{[^}]*\}) from "\./(\w+)\.js";$', re.MULTILINE)
EXPORT = re.compile(r"^export ((?:const|(?:async )?function) (\w+))", re.MULTILINE)


@cache
def script() -> str:
    """All modules as one: each in a scope of its own, imports as what the others give."""
    modules = "\n".join(_module(name) for name in SCRIPTS)
    return f"{modules}\nexport default {{ render: $page.render }};\n"


def _module(name: str) -> str:
    text = (HERE / "js" / f"{name}.js").read_text(encoding="utf-8")
    given = ", ".join(match[2] for match in EXPORT.finditer(text))
    body = EXPORT.sub(r"\1", IMPORT.sub(r"const \1 = $\2;", text))
    return f"const ${name} = (() => {{\n{body}\nreturn {{ {given} }};\n}})();"


@cache
def style() -> str:
    """All styles as one."""
    return "\n".join((HERE / "css" / f"{name}.css").read_text(encoding="utf-8") for name in STYLES)


class LiveWidget(anywidget.AnyWidget):
    """The page in the browser. It speaks in messages; its texts come with it."""

    _esm = traitlets.Unicode(script()).tag(sync=True)
    _css = traitlets.Unicode(style()).tag(sync=True)
    strings = traitlets.Dict(strings()).tag(sync=True)
