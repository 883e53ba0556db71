"""A person's two lives as a page draws them: lanes, marks on them, links between, figures, words.

A lane is a legal body that the person met; lane -1 is the person's own. A mark or a link is `own`
if the other life has no such thing in that month. Months count from the start of the policies.
"""

from collections import Counter
from typing import Any

from model.population.journeys import SETTINGS
from model.stories import life_words as words

Record = dict[str, Any]
OWN_LANE = -1
# What happens to the person rather than being done with a team.
HAPPENINGS = (
    "admission", "emergency_department", "condition", "died", "moved_away", "list_moved",
    "chose_practice", "enrolled", "left_programme",
)  # fmt: skip
FIGURES = (
    "consultation", "gp_consultations_usual", "clinic", "clinic_outside_hospital", "operation",
    "admission", "expected_crises", "handovers", "lost", "expected_lost", "teams", "bodies",
    "contracts",
)  # fmt: skip


def life_page(record: Record) -> Record:
    """What `model.stories.two_lives.told` says of a person, ready for the page."""
    lanes = _lanes(record)
    lives = list(record["lives"].values())
    noticed = [Counter(_noticed(entry) for entry in life["entries"]) for life in lives]
    handed = [{_handed(e, h) for e in life["entries"] for h in e["handovers"]} for life in lives]
    place = {lane["code"]: n for n, lane in enumerate(lanes)}
    return {
        "kind": "person",
        "person": record["person"]["person"],
        "who": words.person(record),
        "group": record["group"],
        "lanes": lanes,
        "lives": [
            _life(record, life, place, noticed[1 - n], handed[1 - n])
            for n, life in enumerate(lives)
        ],
        "alike": record["differences"]["alike"],
        "causes": [
            _cause(difference, record)
            for what in ("ends", "admissions", "losses", "stays")
            for difference in record["differences"][what]
        ],
    }


def _lanes(record: Record) -> list[Record]:
    """The bodies that the person met in either life, practices first, then by setting."""
    seen: Counter[str] = Counter()
    settings: dict[str, Counter[str]] = {}
    for team in _teams(record):
        seen[team["body"]] += 1
        settings.setdefault(team["body"], Counter())[team["setting"]] += 1
    usual = {body: counts.most_common(1)[0][0] for body, counts in settings.items()}
    order = sorted(seen, key=lambda body: (SETTINGS.index(usual[body]), -seen[body], body))
    contacts = {row["body"]: list(row["contacts"].values()) for row in record["organisations"]}
    return [
        {"code": body, "name": record["names"][body], "setting": usual[body],
         "contacts": contacts.get(body, [0, 0])}
        for body in order
    ]  # fmt: skip


def _teams(record: Record) -> list[Record]:
    entries = [entry for life in record["lives"].values() for entry in life["entries"]]
    steps = [step for entry in entries for step in entry["steps"]]
    return steps + [h[end] for e in entries for h in e["handovers"] for end in ("from", "to")]


def _noticed(entry: Record) -> tuple[Any, ...]:
    """What makes an entry the same in another life; what happens to somebody is by itself."""
    met = [] if entry["what"] in HAPPENINGS else entry["steps"]
    bodies = tuple(step["body"] for step in met if step["visit"])
    return entry["month"], entry["what"], entry["pathway"], entry["site"], bodies


def _handed(entry: Record, handover: Record) -> tuple[Any, ...]:
    """What makes a handover the same in another life: a lost one is lost whoever it was between."""
    ends = () if handover["lost"] else (handover["from"]["body"], handover["to"]["body"])
    return entry["month"], handover["number"], handover["lost"], *ends


def _life(
    record: Record,
    life: Record,
    place: dict[str, int],
    theirs: Counter[tuple[Any, ...]],
    their_handovers: set[tuple[Any, ...]],
) -> Record:
    marks, links = [], []
    practice = record["person"]["practice"]
    for entry in life["entries"]:
        practice = entry.get("to", practice)
        own = theirs[_noticed(entry)] == 0
        told = {"month": entry["month"], "what": entry["what"], "own": own}
        told["said"] = _capital(words.line(entry, record["names"]))
        marks.append({**told, "lanes": _lanes_of(entry, place, practice)})
        for handover in entry["handovers"]:
            one = _link(handover, record["names"], place)
            links.append({**one, "month": entry["month"], "of": len(marks) - 1,
                          "own": _handed(entry, handover) not in their_handovers})  # fmt: skip
    return {
        "months": life["months"],
        "end": life["end"],
        "marks": marks,
        "links": links,
        "risks": [[int(month), *_risk(risk)] for month, risk in life["risks"].items() if risk],
        "figures": {name: life["totals"].get(name, 0) for name in FIGURES},
    }


def _lanes_of(entry: Record, place: dict[str, int], practice: str) -> list[int]:
    own = [OWN_LANE] if entry["what"] in HAPPENINGS else []
    met = [place[step["body"]] for step in entry["steps"] if step["visit"]]
    if entry["what"] == "yearly_review" and not met and practice in place:
        met = [place[practice]]
    return own + list(dict.fromkeys(met))


def _link(handover: Record, names: dict[str, str], place: dict[str, int]) -> Record:
    return {
        "from": place[handover["from"]["body"]],
        "to": place[handover["to"]["body"]],
        "lost": handover["lost"],
        "boundary": words.named("boundaries", handover["boundary"]),
        "chance": handover["chance"],
        "draw": handover["draw"],
        "harm": handover["harm"],
        "said": words.ends(handover, names).replace("->", "→"),
    }


def _risk(risk: Record) -> list[float]:
    """Chance of an emergency admission, the same without a lost handover in force, the draw."""
    return [risk["chance"], risk["without_harm"], risk["draw"]]


def _cause(difference: Record, record: Record) -> Record:
    chain = difference["chain"]
    told = list(words.chain(chain, record))
    return {
        "month": difference["month"],
        "what": difference["what"],
        "in": record["policies"].index(difference["in"]),
        "links": [
            {"said": said, "gauge": _gauge(link, record["policies"])}
            for link, said in zip(chain, told, strict=True)
        ],
    }


def _gauge(link: Record, policies: list[str]) -> Record | None:
    """The draw and the chance in each life of what it decided; None where it decided nothing."""
    if link["link"] == "stay":
        return None
    if link["link"] == "admission":
        without = link["without_harm"] if link["harm"] != 1.0 else None
        chances = [link["chance"][name] for name in policies]
        return {"draw": link["draw"], "chances": chances, "without": without}
    if link["link"] == "end":
        chances = [link["chance"] if name == link["in"] else None for name in policies]
        return {"draw": link["draw"], "chances": chances, "without": None}
    there = link["there"]["chance"] if link["there"] else None
    chances = [link["here"]["chance"], there]
    if link["in"] == policies[1]:
        chances.reverse()
    return {"draw": link["here"]["draw"], "chances": chances, "without": None}


def _capital(text: str) -> str:
    plain = text.replace("EMERGENCY ADMISSION", "emergency admission")
    return plain[:1].upper() + plain[1:]
