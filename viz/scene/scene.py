"""What a page must know once: the place and what can be chosen."""

from pathlib import Path
from typing import Any

import numpy as np

from agents.patients.patient_tables import COUNTS
from model.outcomes.regimes import Thresholds
from model.outcomes.scoreboard import OUTCOMES
from model.policies.policy_finding import find_policy, policy_names
from model.stories.decision_words import kind
from viz.person.person_session import MOST_SEEDS, choices
from viz.scene.assumptions import assumptions_of
from viz.scene.cells import cells_of
from viz.scene.levers import levers
from viz.scene.measures import SERIES
from viz.server.page_requests import PageRequest, places_with
from viz.server.strings import strings
from viz.session.session import Session

OFF_THE_MAP = ("commissioner", "council", "community", "mental_health", "ambulance", "hospice")
FLOW_SITES = ("acute", "independent")


def scene_of(
    session: Session, page_request: PageRequest, data: Path | None = None
) -> dict[str, Any]:
    """All that does not change while a session plays, ready for JSON; `data` is the server's."""
    setup = session.beginning.setup
    place = setup.place
    return {
        "place": {
            "name": place.name,
            "title": place.title,
            "synthetic": place.synthetic,
            "licence": "" if place.synthetic else place.licence,
            "people": int(setup.list_sizes.sum()),
            "patients": setup.patients,
        },
        "areas": _areas(session),
        "practices": _practices(session),
        "sites": _sites(session),
        "others": _others(session),
        "policies": [_policy(name) for name in policy_names()],
        "places": places_with(data),
        "levers": [_lever(lever) for lever in levers().values()],
        "series": _series(),
        "groups": choices(),
        "most_seeds": MOST_SEEDS,
        "thresholds": _thresholds(session),
        "assumptions": assumptions_of(setup.parameters),
        "sweep": page_request.sweep is not None,
        "wish": {
            "policies": list(page_request.policies),
            "place": page_request.place,
            "seed": page_request.seed,
            "titles": [watched.policy.title for watched in session.watched],
            "patients": setup.patients,
            "years": page_request.years,
        },
    }


def _areas(session: Session) -> list[dict[str, Any]]:
    areas = session.beginning.setup.place.areas
    points = areas[["easting_km", "northing_km"]].to_numpy(np.float64)
    return [
        {"code": row["area"], "name": row["name"], "x": x, "y": y,
         "cell": corners.round(3).tolist(), "beyond": beyond.tolist()}
        for row, (x, y), (corners, beyond) in zip(
            areas.to_dict("records"), points.tolist(), cells_of(points), strict=True)
    ]  # fmt: skip


def _practices(session: Session) -> list[dict[str, Any]]:
    setup = session.beginning.setup
    practices, candidate = setup.place.practices, setup.geography.candidate
    return [
        {"code": row["practice"], "name": row["name"], "x": row["easting_km"],
         "y": row["northing_km"], "commissioner": row["commissioner"], "sites": sites}
        for row, sites in zip(practices.to_dict("records"), candidate.tolist(), strict=True)
    ]  # fmt: skip


def _sites(session: Session) -> list[dict[str, Any]]:
    place = session.beginning.setup.place
    kinds = dict(zip(place.trusts["trust"], place.trusts["kind"], strict=True))
    return [
        {"code": row["site"], "name": row["name"], "trust": row["trust"],
         "kind": kinds[row["trust"]], "x": row["easting_km"], "y": row["northing_km"],
         "beds": row["beds"],
         "hospital": kinds[row["trust"]] in FLOW_SITES}
        for row in place.sites.to_dict("records")
    ]  # fmt: skip


def _others(session: Session) -> list[dict[str, Any]]:
    """Organisations that have no point on the map."""
    bodies = session.watched[0].economy.state.bodies
    return [
        {"code": bodies.codes[b], "name": bodies.names[b], "kind": kind(bodies.kinds[b])}
        for b in bodies.of_kind(*OFF_THE_MAP)
    ]


def _policy(name: str) -> dict[str, str]:
    policy = find_policy(name)
    return {"name": name, "title": policy.title, "help": policy.help}


def _lever(lever: Any) -> dict[str, Any]:
    choices = [{"name": choice.name, "label": choice.label} for choice in lever.choices]
    return {"name": lever.name, "title": lever.title, "help": lever.help, "choices": choices}


def _series() -> list[dict[str, Any]]:
    """The charts' lines: outcomes of the scoreboard as it knows them, the others as told here."""
    told = strings()["series"]
    found = []
    for name in SERIES:
        known = OUTCOMES.get(name)
        own = told.get(name, {})
        found.append({
            "name": name,
            "family": own.get("family") or (known.family if known else ""),
            "unit": own.get("unit") or (known.unit if known else ""),
            "decimals": own.get("decimals", known.decimals if known else 1),
            "meaning": own.get("meaning") or (known.meaning if known else ""),
            "label": own.get("label", name), "chart": own.get("chart", name),
        })  # fmt: skip
    return found


def _thresholds(session: Session) -> dict[str, float]:
    """Where hatching begins, and the middle of the colours of lost handovers."""
    lines = Thresholds.from_parameters(session.beginning.setup.parameters)
    return {"few": lines.few_alternatives_share, "lost": _lost_before(session)}


def _lost_before(session: Session) -> float:
    """Lost handovers per 100 person-years of everybody in the year before the policy."""
    counts = np.sum(session.beginning.record.by_group[-12:], axis=(0, 1))
    kinds = ("lost_within_team", "lost_within_body", "lost_between_bodies")
    lost = sum(counts[COUNTS.index(kind)] for kind in kinds)
    return float(1200.0 * lost / max(counts[COUNTS.index("person_months")], 1))
