"""What simulated patients tell at a year's end: continuity by group and area, who was admitted.

Patients are read in blocks, so that a year's end takes little more memory than the patients do;
sums are whole numbers, the same for any block.
"""

from dataclasses import dataclass

import numpy as np

from agents.patients.needs import GROUPS_OF_PEOPLE, group_of_people
from agents.patients.patient_tables import GROUPS, STRATA
from model.care.routes import team_bodies
from model.outcomes.continuity import (
    COLUMNS,
    PATIENTS_COMPARED,
    continuity_means,
    empty_tally,
    tally_continuity,
)
from model.state.provision import Provision

LABELS = ("clinician", "team", "body", "contract")
SPECIAL_AGES = (62, 83)  # ages at which the usual-provider index was published
BLOCK_ROWS = 200_000  # patients read at once


@dataclass
class PeopleYear:
    """Sums over the patients of a year's end."""

    continuity: dict[str, np.ndarray]  # label -> int64 [GROUPS, COLUMNS]
    teams: np.ndarray  # of people with two or more conditions [areas x groups of them, COLUMNS]
    usual_provider: np.ndarray  # of people of SPECIAL_AGES [1, COLUMNS]
    any_crisis: np.ndarray  # int64 [STRATA, 2] people, of whom admitted this year

    def area_teams(self) -> np.ndarray:
        """People compared and their sum of continuity with teams [areas, groups, 2]."""
        kept = self.teams[:, [PATIENTS_COMPARED, COLUMNS.index("coc")]]
        return kept.reshape(-1, GROUPS_OF_PEOPLE, 2)

    def usual_provider_62_82(self) -> float:
        """Mean usual provider continuity (0-1) of people aged 62 to 82."""
        return float(continuity_means(self.usual_provider)["upc"][0])


def people_year(
    people: np.ndarray, provision: Provision, owner: np.ndarray, month: int, areas: int
) -> PeopleYear:
    """The year of all patients at the end of `month`; `owner` [bodies] says who owns each body."""
    year = PeopleYear(
        {label: empty_tally(GROUPS) for label in LABELS},
        empty_tally(areas * GROUPS_OF_PEOPLE), empty_tally(1),
        np.zeros((STRATA, 2), dtype=np.int64),
    )  # fmt: skip
    for first in range(0, people.size, BLOCK_ROWS):
        _add(year, people[first : first + BLOCK_ROWS], provision, owner, month)
    return year


def _add(
    year: PeopleYear, people: np.ndarray, provision: Provision, owner: np.ndarray, month: int
) -> None:
    stratum = people["stratum"].astype(np.int64)
    labels = contact_labels(people, provision, owner)
    for label in LABELS:
        group = stratum % 25 * 2 + (stratum >= 100)
        _tally(people, label, labels[label], group, year.continuity[label])
    cell = people["area"].astype(np.int64) * GROUPS_OF_PEOPLE + group_of_people(people)
    many = np.where(stratum % 25 // 5 >= 2, cell, -1)
    _tally(people, "team", labels["team"], many, year.teams)
    age = (month - people["born"].astype(np.int64)) // 12
    old = np.where((age >= SPECIAL_AGES[0]) & (age < SPECIAL_AGES[1]), 0, -1)
    _tally(people, "clinician", labels["clinician"], old, year.usual_provider)
    admitted = stratum[people["crises"] > 0]
    year.any_crisis += np.stack([np.bincount(s, minlength=STRATA) for s in (stratum, admitted)], 1)


def contact_labels(
    people: np.ndarray, provision: Provision, owner: np.ndarray
) -> dict[str, np.ndarray]:
    """Labels of the contacts remembered [patients, 8]: clinicians, teams, bodies, contracts."""
    team = people["ring_team"]
    body = team_bodies(provision, owner)[team]
    k = provision.practice_commissioner[people["practice"]].astype(np.int64)
    pathway = people["ring_pathway"].astype(np.int64)
    prime = np.concatenate([provision.prime_slot, np.full((len(provision.prime_slot), 1), -1)], 1)
    held = prime[k[:, None], pathway] >= 0
    contract = np.where(held, 1_000_000 + pathway, body * 16 + pathway)
    return {"clinician": people["seen_clinician"], "team": team, "body": body, "contract": contract}


def team_continuity(people: np.ndarray) -> float:
    """Mean continuity with teams (0-1) of people with two or more conditions."""
    many = people["stratum"].astype(np.int64) % 25 // 5 >= 2
    out = empty_tally(1)
    _tally(people, "team", people["ring_team"], np.where(many, 0, -1), out)
    return float(continuity_means(out)["coc"][0])


def _tally(
    people: np.ndarray, label: str, labels: np.ndarray, group: np.ndarray, out: np.ndarray
) -> None:
    ring = "seen" if label == "clinician" else "ring"
    tally_continuity(
        np.ascontiguousarray(labels, dtype=np.int64),
        people[f"{ring}_filled"].astype(np.int64), people[f"{ring}_newest"].astype(np.int64),
        group, out,
    )  # fmt: skip
