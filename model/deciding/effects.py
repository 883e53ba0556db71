"""What decisions do to the world: every effect is declared beside the rule that has it.

An effect stands in the agenda by its name, with details, until its month has come.
"""

from collections.abc import Callable
from operator import attrgetter
from typing import Any, NamedTuple

from model.deciding.objects import Objects
from model.places.place import Place


class Effect(NamedTuple):
    """A function that changes the world, and what else has to be known of it.

    slices: what it takes of an economy before the details, by name (`state.practices`). touches:
    the objects that it bears on, of the place and the details (`model.deciding.objects`).
    """

    change: Callable[..., None]
    slices: tuple[str, ...]
    touches: Callable[..., Objects]

    def apply(self, economy: Any, details: tuple[Any, ...]) -> None:
        """Change the world."""
        self.change(*(attrgetter(name)(economy) for name in self.slices), *details)


EFFECTS: dict[str, Effect] = {}


def effect[Change: Callable[..., None]](
    name: str, *slices: str, touches: Callable[..., Objects]
) -> Callable[[Change], Change]:
    """Declare that a function is the effect of this name."""

    def declare(change: Change) -> Change:
        assert name not in EFFECTS, name
        EFFECTS[name] = Effect(change, slices, touches)
        return change

    return declare


def touched(place: Place, name: str, details: tuple[Any, ...]) -> Objects:
    """Return the objects that an effect with these details bears on.

    `name`: of the effect; `details`: what it was decided with.
    """
    return EFFECTS[name].touches(place, *details)
