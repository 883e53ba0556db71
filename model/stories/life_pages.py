"""A month of a followed person, from the notes of the rule to plain data with names.

A page holds entries (contacts and events) in order. An entry has `what`, `pathway`, `site`, `steps`
(team, setting, body, contract, whether it was a visit) and `handovers` (from, to, boundary, chance
to be lost, draw, what the chance is made of, and on which objects each part hangs). Chances and
draws are between 0 and 1.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.patients import diary
from agents.patients.emergencies import anchored, on_preventable
from agents.patients.patient_tables import (
    CRISIS,
    END_OF_LIFE,
    GENERAL_PRACTICE,
    HUB,
    PLANNED,
    PLANNED_OPERATION,
    SHIFTED,
    YEARLY,
)
from model.care.routes import links_between, team_bodies
from model.deciding.objects import (
    PARTS,
    chance_hangs_on,
    hangs_on,
    named,
    operation_hangs_on,
    practice_code,
    qualities,
    stays,
)
from model.month.monthly_tables import continuity_factor
from model.pathway_names import PATHWAYS
from model.population.journeys import COMMUNITY, SETTINGS
from model.population.pathways import CONDITIONS
from model.state.enrolment import EVENTS, JOINED, Enrolments
from model.state.provision import HOSPITAL, NOBODY, PRACTICE
from model.state.state import BURN_IN_MONTHS

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

Entry = dict[str, Any]
Lost = tuple[int, int]  # a lost handover: month of the run, number of its draw
BOUNDARIES = ("within_team", "within_body", "between_bodies")
EPISODES = {
    PLANNED_OPERATION: "operation", PLANNED: "clinic", CRISIS: "admission",
    YEARLY: "yearly_review", SHIFTED: "clinic_outside_hospital", HUB: "point_of_access",
}  # fmt: skip


def page_of(
    economy: "HealthEconomy", before: np.void, after: np.void, notes: np.ndarray, harm: Lost | None
) -> tuple[dict[str, Any], Lost | None]:
    """A person's month: the page, and the lost handover whose harm is in force after it.

    `before` and `after` are the person's row, `notes` the person's own, `harm` the loss whose harm
    was in force before. `economy`: in which it was lived.
    """
    scribe = _Scribe(economy, int(before["practice"]), harm)
    scribe.entries += _programmes(economy.state.residents.enrolment, int(before["slot"]))
    for note in notes:
        scribe.take(note)
    left = any(entry["what"] in ("died", "moved_away") for entry in scribe.entries)
    if not left:
        scribe.entries += _new_conditions(int(before["conditions"]), int(after["conditions"]))
    codes = economy.setup.place.practices["practice"]
    page = {
        "month": economy.state.month - BURN_IN_MONTHS,
        "practice": str(codes.iloc[before["practice"]]),
        "practice_after": str(codes.iloc[(before if left else after)["practice"]]),
        "risk": scribe.risk,
        "entries": sorted(scribe.entries, key=lambda e: e["what"] in ("died", "moved_away")),
    }  # fmt: skip
    return page, scribe.harm


def _programmes(enrolment: Enrolments, slot: int) -> list[Entry]:
    """That a person was enrolled in a programme this month, or left one, and why."""
    found = []
    for event in enrolment.events[enrolment.events["slot"] == slot]:
        terms = enrolment.programmes[int(event["programme"]) - 1].terms
        facts = {"programme": int(event["programme"]), "reason": EVENTS[int(event["what"])]}
        if event["what"] == JOINED:
            score, line = float(event["score"]), float(event["line"])
            facts |= {"picked_by": terms.picked_by, "score": score, "line": line}
        found.append(_entry("enrolled" if event["what"] == JOINED else "left_programme", **facts))
    return found


def _new_conditions(before: int, after: int) -> list[Entry]:
    new = [name for c, name in enumerate(CONDITIONS) if (after & ~before) >> c & 1]
    return [_entry("condition", condition=name) for name in new]


def _entry(what: str, **facts: Any) -> Entry:
    return {"what": what, "pathway": "", "site": "", "steps": [], "handovers": [], **facts}


class _Scribe:
    """Turns notes into entries; it knows who is who in the economy this month."""

    def __init__(self, economy: "HealthEconomy", practice: int, harm: Lost | None):
        self.economy, self.g, self.harm = economy, practice, harm
        state = economy.state
        self.owner = state.bodies.owner
        self.bodies = team_bodies(state.provision, self.owner)
        self.entries: list[Entry] = []
        self.risk: dict[str, Any] = {}
        self.edge: tuple[int, int, int] = (0, 0, 0)  # pathway and teams that hand over next
        self.leaves_ward = False  # whether what they hand over next is a discharge
        self.care: list[tuple[int, str]] = []  # pathways and sites of both
        self.operated_at: list[str] = []  # this month
        self.after: dict[str, list[str]] = {"after_operation": [], "operation": []}

    def take(self, note: np.void) -> None:
        """One note."""
        READERS[int(note["what"])](self, note)

    def _add(self, what: str, note: np.void, **facts: Any) -> None:
        pathway, j = int(note["pathway"]), int(note["candidate"])
        named = PATHWAYS[pathway] if 0 <= pathway < len(PATHWAYS) else ""
        self.entries.append(_entry(what, **facts) | {"pathway": named, "site": self._site(j)})

    def _site(self, candidate: int) -> str:
        site = (
            int(self.economy.world.practices["candidate"][self.g, candidate])
            if candidate >= 0
            else -1
        )
        return self.economy.setup.place.site_codes[site] if site >= 0 else ""

    def consulted(self, note: np.void) -> None:
        who = int(note["many"])
        clinician = "nurse" if who == diary.NONE else "usual_gp" if who == 0 else f"gp_{who + 1}"
        self._add("consultation", note, clinician=clinician)
        self.entries[-1]["steps"].append(self._step(self.g, GENERAL_PRACTICE, PRACTICE, True))

    def referred(self, note: np.void) -> None:
        if note["many"]:
            self._add("waiting_list", note)

    def operated(self, note: np.void) -> None:
        j, p = int(note["candidate"]), int(note["pathway"])
        where = operation_hangs_on(
            self.economy.setup.place, self.economy.state, self.g, p, self._site(j)
        )
        stay = self._stay("day_cases", p, j) | {"where": where}
        self._add("operation", note, day_case=bool(note["many"]), stay=stay)
        self.operated_at.append(self._site(j))
        self.after["after_operation"] += self._run(j)
        self.after["operation"] += self.entries[-1]["stay"]["where"]

    def admitted(self, note: np.void) -> None:
        j, p = int(note["candidate"]), int(note["pathway"])
        treats = self._treats(j)
        where = [named("list", practice_code(self.economy.setup.place, self.g))]
        stay = self._stay("stays", p, j) | {"where": where}
        self._add("admission", note, days=int(note["many"]), treats=treats, stay=stay)

    def _stay(self, kind: str, pathway: int, candidate: int) -> dict[str, Any]:
        """How a line keeps patients: length of stays against the start, or share of day cases."""
        site = int(self.economy.world.practices["candidate"][self.g, candidate])
        figure = {"stays": "stay", "day_cases": "day_case_share"}[kind]
        hung = [
            stays(self.economy.setup.place, kind, site, pathway),
            named("site", self._site(candidate)),
        ]
        return {"figure": float(self.economy.world.sites[figure][site, pathway]), "hangs_on": hung}

    def _treats(self, candidate: int) -> dict[str, Any]:
        """What a hospital does to the chance to die of an emergency, and what that hangs on."""
        site = int(self.economy.world.practices["candidate"][self.g, candidate])
        deaths = float(self.economy.world.sites["fatality"][site])
        return {"deaths": deaths, "hangs_on": self._run(candidate)}

    def _run(self, candidate: int) -> list[str]:
        """A hospital, and the quality of whoever runs it."""
        site = int(self.economy.world.practices["candidate"][self.g, candidate])
        return [
            named("site", self._site(candidate)),
            *qualities(self.economy.state.bodies, self.economy.state.provision, site),
        ]

    def attended(self, note: np.void) -> None:
        self._add("emergency_department", note)

    def left(self, note: np.void) -> None:
        chance, draw = float(note["chance"]), float(note["draw"])
        self._add("died" if note["many"] else "moved_away", note, chance=chance, draw=draw)

    def entered(self, note: np.void) -> None:
        what = EPISODES[int(note["many"])]
        if what in ("operation", "admission"):  # which have an entry already
            return
        if int(note["pathway"]) == END_OF_LIFE and self._is_leaving():
            what = "last_phase"
        self._add(what, note)

    def _is_leaving(self) -> bool:
        return any(entry["what"] == "died" for entry in self.entries)

    def visited(self, note: np.void) -> None:
        s, p = int(note["step"]), int(note["pathway"])
        team = int(self.economy.world.routes[self.g, int(note["candidate"])]["team"][s])
        self._add("programme", note)
        self.entries[-1]["steps"].append(self._step(team, p, COMMUNITY, True))

    def passed(self, note: np.void) -> None:
        s, j, p = int(note["step"]), int(note["candidate"]), int(note["pathway"])
        journeys, route = self.economy.setup.journeys, self.economy.world.routes[self.g, j]
        self.edge = (p, int(route["team"][s]), int(route["team"][min(s + 1, route.size - 1)]))
        self.care, self.leaves_ward = [(p, self._site(j))], bool(journeys.edge_discharge[s])
        self.entries[-1]["steps"].append(
            self._step(self.edge[1], p, journeys.step_setting[s], bool(journeys.step_visit[s]))
        )

    def _step(self, team: int, pathway: int, setting: int, visit: bool) -> dict[str, Any]:
        named = self._team(team)
        held = self._contract(pathway, int(self.bodies[team]))
        return {**named, "contract": held, "at_site": bool(setting == HOSPITAL), "visit": visit}

    def _team(self, team: int) -> dict[str, str]:
        """A team: its name, whose it is now (`body`) and where it grew up (`home`)."""
        state, practices = self.economy.state, len(self.economy.setup.place.practices)
        code = state.bodies.codes[int(self.bodies[team])]
        if team < practices:
            home = state.bodies.codes[int(state.provision.practice_body[team])]
            return {"team": "practice", "setting": SETTINGS[PRACTICE], "body": code, "home": home}
        names = self.economy.setup.team_names
        slot, which = divmod(team - practices, len(names))
        setting, _, name = names[which].partition(":")
        home = state.bodies.codes[int(state.provision.slot_home[slot])]
        return {"team": name, "setting": setting, "body": code, "home": home}

    def _contract(self, pathway: int, body: int) -> dict[str, str]:
        """Whose contract pays for a step: one for the pathway, for the population, or its own."""
        state, provision = self.economy.state, self.economy.state.provision
        k, codes = int(provision.practice_commissioner[self.g]), state.bodies.codes
        prime = NOBODY if pathway == GENERAL_PRACTICE else int(provision.prime_slot[k, pathway])
        if prime != NOBODY:
            return {"kind": "pathway", "holder": codes[self.owner[provision.slot_body[prime]]]}
        for organisation in state.integrated.organisations:
            if provision.network[self.g] == organisation.network:
                return {"kind": "population", "holder": organisation.code}
        return {"kind": "own", "holder": codes[body]}

    def told(self, note: np.void) -> None:
        p, q, j = int(note["pathway"]), int(note["many"]), int(note["candidate"])
        economy, lead = self.economy, self.economy.setup.journeys.lead_step
        routes = economy.world.routes[self.g]["team"]
        default = int(economy.world.practices["default"][self.g, q])
        self.edge = (p, int(routes[j, lead[p]]), int(routes[default, lead[q]]))
        self.care = [(p, self._site(j)), (q, self._site(default))]
        self.leaves_ward = False

    def handed_over(self, note: np.void) -> None:
        p, one, other = self.edge
        state, setup = self.economy.state, self.economy.setup
        link, record = links_between(
            state.provision, self.owner, self.g, p, (one, other), setup.losses.established
        )
        support = state.provision.discharge_loss[self.g]
        needed, used = float(note["base"]), self._used()
        self.entries[-1]["handovers"].append({
            "number": int(note["step"]), "from": self._team(one), "to": self._team(other),
            "boundary": BOUNDARIES[int(note["many"])], "chance": float(note["chance"]) / needed,
            "draw": float(note["draw"]) / needed, "lost": bool(note["draw"] < note["chance"]),
            "link": float(link), "shared_record": float(record),
            "case_manager": bool(note["care"] != 1.0), "harm": 1.0, "harm_until": None,
            "discharge_support": float(support) if "discharge_support" in used else 1.0,
            "contract": self._contract(p, int(self.bodies[other])),
            "hangs_on": {part: on if part in used else [] for part, on in self._hung().items()},
        })  # fmt: skip

    def _used(self) -> set[str]:
        """The parts that the rule uses: support after discharge where somebody leaves a ward."""
        return set(PARTS) if self.leaves_ward else set(PARTS) - {"discharge_support"}

    def _hung(self) -> dict[str, list[str]]:
        employers = [self._team(team)["body"] for team in self.edge[1:]]
        return hangs_on(
            self.economy.setup.place,
            self.economy.setup.parameters,
            self.economy.state,
            self.g,
            self.care,
            employers,
        )

    def harmed(self, note: np.void) -> None:
        handover = self.entries[-1]["handovers"][-1]
        handover["harm"] = float(note["chance"])
        handover["harm_until"] = int(note["many"]) - BURN_IN_MONTHS
        self.harm = self.economy.state.month - BURN_IN_MONTHS, handover["number"]

    def risked(self, note: np.void) -> None:
        names = ("base", "care", "harm", "anchor", "after", "found")
        base, care, harm, anchor, after, found = (float(note[name]) for name in names)
        personal = float(
            continuity_factor(
                self.economy.setup.parameters, self.economy.setup.list_sizes, self.economy.world
            )[self.g]
        )
        share = float(self.economy.world.strata["preventable_share"][int(note["step"])])
        continuity = on_preventable(share, personal)
        self.risk = {
            "chance": float(note["chance"]),
            "draw": float(note["draw"]),
            "base": base,
            "continuity": continuity,
            "practice_care": care / continuity,
            "harm": harm,
            "anchor": anchor,
            "after_operation": after,
            "new_need": found,
            "without_harm": anchored(base, care, anchor, after + found),
            "case_manager": bool(note["many"]),
            "harmed_by": self.harm if harm != 1.0 else None,
            "operated_at": self.operated_at,
            "hangs_on": {
                **chance_hangs_on(
                    self.economy.setup.place,
                    self.economy.state.provision,
                    self.economy.state.integrated,
                    self.g,
                ),
                **self.after,
            },
        }


READERS = {
    int(diary.CONSULTED): _Scribe.consulted, int(diary.REFERRED): _Scribe.referred,
    int(diary.OPERATED): _Scribe.operated, int(diary.ENTERED): _Scribe.entered,
    int(diary.PASSED): _Scribe.passed, int(diary.TOLD): _Scribe.told,
    int(diary.HANDED_OVER): _Scribe.handed_over, int(diary.HARMED): _Scribe.harmed,
    int(diary.RISKED): _Scribe.risked, int(diary.ADMITTED): _Scribe.admitted,
    int(diary.ATTENDED): _Scribe.attended, int(diary.LEFT): _Scribe.left,
    int(diary.VISITED): _Scribe.visited,
}  # fmt: skip


def entries_of(pages: Sequence[dict[str, Any]]) -> list[Entry]:
    """All entries in order, each with its month; changes of practice among them."""
    found: list[Entry] = []
    register = pages[0]["practice"] if pages else ""
    for page in pages:
        month = page["month"]
        if page["practice"] != register:
            found.append(_moved(month, register, page["practice"], "list_moved"))
        found += [{"month": month, **entry} for entry in page["entries"]]
        if page["practice_after"] != page["practice"]:
            found.append(_moved(month, page["practice"], page["practice_after"], "chose_practice"))
        register = page["practice_after"]
    return found


def _moved(month: int, before: str, after: str, what: str) -> Entry:
    return {"month": month, **_entry(what, **{"from": before, "to": after})}
