"""When two futures that began alike first differ, and in what."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from viz.scene.measures import SERIES
from viz.scene.sentences import begun, row_of, weight

if TYPE_CHECKING:
    from viz.session.watched import Watched

MOST_TOLD = 3  # differences of one economy that are told


def parting_of(one: "Watched", other: "Watched", month: int) -> dict[str, Any] | None:
    """How two economies differ in a month lived, if they did not before; None if they do not.

    "month" as the clock counts, "told" what only the one and only the other did, as sentences, the
    policy's own beginnings first, and "figures", the names of the series that differ.
    """
    told = [_only(one, other, month - 1), _only(other, one, month - 1)]
    pairs = zip(SERIES, one.rows[month], other.rows[month], strict=True)
    figures = [name for name, ours, theirs in pairs if ours != theirs]
    if not figures and not any(told):
        return None
    return {"month": month, "told": told, "figures": figures}


def _only(one: "Watched", other: "Watched", month: int) -> list[dict[str, Any]]:
    theirs = {_key(event) for event in _of_month(other.decisions, month)}
    own = [event for event in _of_month(one.decisions, month) if _key(event) not in theirs]
    own.sort(key=lambda event: (not event.is_change, *weight(event)))
    known = {row["did"] for row in begun(other.policy, month)}
    first = [row for row in begun(one.policy, month) if row["did"] not in known]
    return [*first, *(row_of(event, one.names) for event in own)][:MOST_TOLD]


def _of_month(decisions: Sequence[Any], month: int) -> Iterable[Any]:
    return (event for event in decisions if event.month == month)


def _key(event: Any) -> tuple[str, str, str]:
    return event.agent, event.decision, event.chosen
