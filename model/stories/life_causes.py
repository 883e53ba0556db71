"""How two lives of one person differ, and the chain of causes behind it.

Both lives have the same draws. So an emergency admission that came in one only came because the
draw lies between the two chances, and a handover was lost in one only because it was not there in
the other or had another chance. A chain follows that back, link by link; every link has its figures
and says for itself what it is (`link`).
"""

from typing import Any

from agents.patients.emergencies import anchored
from model.deciding.objects import PARTS as PARTS_OF_HANDOVER

Record = dict[str, Any]
Lives = dict[str, Record]
Key = tuple[int, int]  # of a handover: month, number of its draw
DEEPEST = 4  # admissions that follow from admissions
ENDS = ("died", "moved_away")
PARTS = ("base", "continuity", "practice_care", "harm", "anchor", "after_operation", "new_need")


def differences(lives: Lives) -> Record:
    """An end, admissions, lost handovers and stays of one life only, each with its chain.

    A lost handover that is a link of an admission's chain, or came with such an admission, is not
    told again. `alike` says whether the person noticed any difference. What comes after an end of
    one life only follows from it, and is not compared.
    """
    alike = len({str(_noticed(life)) for life in lives.values()}) == 1
    ends, end = [], _end_of_one(lives)
    if end is not None:
        ends = [_difference(end[0], end[1], end[2], [end_link(lives, *end)])]
        lives = {name: _until(life, end[0]) for name, life in lives.items()}
    first, second = lives.values()
    one, other = _admissions(first), _admissions(second)
    months = {month: _where(lives, month in one) for month in sorted(one ^ other)}
    chains = [
        _difference(m, "admission", w, admission_chain(lives, m, w)) for m, w in months.items()
    ]
    told = {link["handover"] for c in chains for link in c["chain"] if "handover" in link}
    losses = [
        _difference(key[0], "lost", where, loss_chain(lives, key, where))
        for key, where in _losses_of_one(lives)
        if key not in told and not _came_with(lives[where], key, months)
    ]
    stays = [_difference(s["month"], "stay", s["in"], [s]) for s in stay_links(lives)]
    return {"alike": alike, "ends": ends, "admissions": chains, "losses": losses, "stays": stays}


def _end_of_one(lives: Lives) -> tuple[int, str, str] | None:
    """Month and kind of the end that comes in one life first, and in which; None if in none."""
    ends = sorted(
        (entry["month"], entry["what"], name)
        for name, life in lives.items()
        for entry in life["entries"]
        if entry["what"] in ENDS
    )
    if not ends or (len(ends) == 2 and ends[0][:2] == ends[1][:2]):
        return None
    lived_too = ends[0][0] in lives[_other(lives, ends[0][2])]["risks"]
    return ends[0] if lived_too else None


def _until(life: Record, month: int) -> Record:
    """A life up to an end in `month`, without what follows from that."""
    entries = [e for e in life["entries"] if e["month"] <= month and e["what"] != "last_phase"]
    return {**life, "entries": entries}


def end_link(lives: Lives, month: int, what: str, where: str) -> Record:
    """Why one life (`where`) ended and not the other: what the hospitals did, and who decided it.

    `hospital` has the factor on the chance to die in either life, None without an admission;
    `decides` says whether the other hospital's factor alone would have changed the answer. `lives`:
    both, by name; `month` and `what`: the end.
    """
    other = lives[_other(lives, where)]
    (end,) = (e for e in lives[where]["entries"] if (e["month"], e["what"]) == (month, what))
    here, there = (_treated(life, month) if end["site"] else None for life in (lives[where], other))
    link = {"link": "end", "what": what, "month": month, "in": where, "decided": []}
    link |= {"draw": end["draw"], "chance": end["chance"], "after_admission": bool(end["site"])}
    link |= {"hospital": [one and one["deaths"] for one in (here, there)], "decides": False}
    if here is None or there is None or here["deaths"] == there["deaths"]:
        return link
    swapped = end["chance"] * there["deaths"] / here["deaths"]
    objects = {*here["hangs_on"], *there["hangs_on"]}
    decided = _decided(lives[where], other, objects, month)
    return {**link, "decides": end["draw"] >= swapped, "decided": decided}


def _treated(life: Record, month: int) -> Record | None:
    """What the hospital of a month's emergency admission does to its outcome, if there was one."""
    treats = (e["treats"] for e in life["entries"]
              if (e["month"], e["what"]) == (month, "admission"))  # fmt: skip
    return next(treats, None)


def _difference(month: int, what: str, where: str, chain: list[Record]) -> Record:
    return {"month": month, "what": what, "in": where, "chain": chain}


def _came_with(life: Record, key: Key, months: dict[int, str]) -> bool:
    """Whether a handover belongs to an admission that came in one life only."""
    return key[0] in months and handovers_of(life)[key][1]["what"] == "admission"


def _where(lives: Lives, first: bool) -> str:
    one, other = lives
    return one if first else other


def _other(lives: Lives, name: str) -> str:
    one, other = lives
    return other if name == one else one


def _noticed(life: Record) -> list[tuple[Any, ...]]:
    """What a person notices: events, places, teams, what got lost; not chances or contracts."""
    return [
        (
            *(entry[key] for key in ("month", "what", "pathway", "site")),
            *(entry.get(key) for key in ("days", "day_case")),
            *((step["body"], step["team"]) for step in entry["steps"]),
            *(handover["lost"] for handover in entry["handovers"]),
        )
        for entry in life["entries"]
    ]


def _admissions(life: Record) -> set[int]:
    return {entry["month"] for entry in life["entries"] if entry["what"] == "admission"}


def handovers_of(life: Record) -> dict[Key, tuple[Record, Record]]:
    """Every handover by month and number of its draw: itself and the entry it belongs to."""
    return {
        (entry["month"], handover["number"]): (handover, entry)
        for entry in life["entries"]
        for handover in entry["handovers"]
    }


def _losses_of_one(lives: Lives) -> list[tuple[Key, str]]:
    lost = {
        name: {key for key, (handover, _) in handovers_of(life).items() if handover["lost"]}
        for name, life in lives.items()
    }
    one, other = lost.values()
    return [(key, _where(lives, key in one)) for key in sorted(one ^ other)]


def admission_chain(lives: Lives, month: int, where: str, depth: int = 0) -> list[Record]:
    """Why an admission came in one life (`where`) and not in the other."""
    here, there = (lives[n]["risks"].get(month) for n in (where, _other(lives, where)))
    if here is None or there is None:  # not there any more
        return []
    parts = [_part(name, here, there) for name in PARTS if here[name] != there[name]]
    link = {"link": "admission", "month": month, "in": where, "draw": here["draw"], "parts": parts}
    link |= {"chance": {where: here["chance"], _other(lives, where): there["chance"]}}
    link |= {"without_harm": here["without_harm"], "harm": here["harm"]}
    link |= {"without_harm_too": here["draw"] < here["without_harm"]}
    objects = _hanging(parts, here, there)
    link["decided"] = _decided(lives[where], lives[_other(lives, where)], objects, month)
    chain = [link]
    if here["harm"] > there["harm"] and here["harmed_by"] is not None:
        chain += loss_chain(lives, tuple(here["harmed_by"]), where, depth)
    return chain


def _hanging(parts: list[Record], here: Record, there: Record) -> set[str]:
    """The objects by which decisions can change the parts that differ between two chances.

    Where an operation was in one life only, or elsewhere, also those that moved it.
    """
    names = [part["part"] for part in parts]
    if "after_operation" in names and here["operated_at"] != there["operated_at"]:
        names.append("operation")
    return {o for name in names for risk in (here, there) for o in risk["hangs_on"].get(name, ())}


def stay_links(lives: Lives) -> list[Record]:
    """Stays in hospital that both lives have, one of them longer, and who decided on it.

    A stay is a month's emergency admission, or its operation: a day case in one life only.
    """
    first, second = (_stays(life) for life in lives.values())
    return [
        _stay_link(lives, key, first[key], second[key])
        for key in sorted(first.keys() & second.keys())
        if _length(first[key]) != _length(second[key])
    ]


def _stays(life: Record) -> dict[tuple[int, str, str], Record]:
    """The stays of a life by month, what it was and the pathway."""
    return {
        (entry["month"], entry["what"], entry["pathway"]): entry
        for entry in life["entries"] if "stay" in entry
    }  # fmt: skip


def _length(entry: Record) -> int:
    """Days, or whether an operation is followed by a stay."""
    return int(entry["days"] if "days" in entry else not entry["day_case"])


def _stay_link(lives: Lives, key: tuple[int, str, str], one: Record, other: Record) -> Record:
    where = _where(lives, _length(one) > _length(other))
    here, there = (one, other) if _length(one) > _length(other) else (other, one)
    objects = {o for entry in (here, there) for o in entry["stay"]["hangs_on"]}
    if here["site"] != there["site"]:
        objects |= {o for entry in (here, there) for o in entry["stay"]["where"]}
    decided = _decided(lives[where], lives[_other(lives, where)], objects, key[0])
    lengths = [_length(entry) for entry in (here, there)]
    link = {"link": "stay", "month": key[0], "what": key[1], "pathway": key[2], "in": where}
    return {**link, "lengths": lengths, "sites": [here["site"], there["site"]], "decided": decided}


def _part(name: str, here: Record, there: Record) -> Record:
    """One part of the chance that differs, and whether it alone decided."""
    swapped = {**here, name: there[name]}
    care = swapped["continuity"] * swapped["practice_care"] * swapped["harm"]
    more = swapped["after_operation"] + swapped["new_need"]
    chance = anchored(swapped["base"], care, swapped["anchor"], more)
    return {"part": name, "here": here[name], "there": there[name],
            "decided": bool(here["draw"] >= chance)}  # fmt: skip


def loss_chain(lives: Lives, key: Key, where: str, depth: int = 0) -> list[Record]:
    """Why a handover was lost in one life and not in the other."""
    here, entry = handovers_of(lives[where])[key]
    there = handovers_of(lives[_other(lives, where)]).get(key, (None, None))[0]
    link = {"link": "loss", "handover": key, "month": key[0], "in": where, "here": here}
    link |= {"there": there, "entry": entry["what"], "pathway": entry["pathway"]}
    elsewhere = lives[_other(lives, where)]
    decided = _decided(lives[where], elsewhere, _objects(elsewhere, entry, here, there), key[0])
    link |= {"decided": decided, "instead": _same_care(elsewhere, entry)}
    if there is not None or entry["what"] != "admission" or depth == DEEPEST:
        return [link]
    return [link, *admission_chain(lives, entry["month"], where, depth + 1)]


def _same_care(life: Record, entry: Record) -> list[str]:
    """What care of the pathway another life had in the same month."""
    return sorted(
        {
            other["what"]
            for other in life["entries"]
            if other["month"] == entry["month"] and other["pathway"] == entry["pathway"]
        }
    )


def _objects(elsewhere: Record, entry: Record, here: Record, there: Record | None) -> set[str]:
    """The objects on which that hangs by which two handovers differ.

    Where the other life has no such handover: all on which this one hangs, or those of its care.
    A patient of both may be handed on to another pathway there; whose that is, is no cause of this.
    """
    if there is not None:
        parts = _parts(here, there)
        return {
            o for handover in (here, there) for part in parts for o in handover["hangs_on"][part]
        }
    instead = [
        handover
        for other in elsewhere["entries"]
        if (other["month"], other["pathway"]) == (entry["month"], entry["pathway"])
        for handover in other["handovers"]
    ]
    own, others = (
        {o for h in handovers for objects in h["hangs_on"].values() for o in objects}
        for handovers in ([here], instead)
    )
    return own | {o for o in others if not _of_another_pathway(o, entry["pathway"])}


def _of_another_pathway(changed: str, pathway: str) -> bool:
    """Whether an object is the contract, or a line, of a pathway other than this."""
    kind, *where = changed.split(":")
    return kind in ("contract", "line") and where[-1] != pathway


def _parts(here: Record, there: Record) -> list[str]:
    """By what the chances of two handovers to be lost differ."""
    if here["chance"] == there["chance"]:
        return []
    ends = [[_who(handover[end]) for end in ("from", "to")] for handover in (here, there)]
    moved = ["teams"] if ends[0] != ends[1] else []
    return moved + [part for part in PARTS_OF_HANDOVER[1:] if here[part] != there[part]]


def _who(team: Record) -> tuple[str, ...]:
    """A team, whoever owns it: a merger makes no other of it."""
    return team["team"], team["setting"], team["home"]


def _decided(life: Record, other: Record, objects: set[str], month: int) -> list[Record]:
    """Decisions of one life only, in effect by `month`, that changed one of these objects.

    Of several on the same question the last. Who decided does not matter, nor who holds what.
    """
    one, two = (_last_in_effect(each, objects, month) for each in (life, other))
    differ = [d for mine, theirs in ((one, two), (two, one)) for d in mine if d not in theirs]
    return sorted(differ, key=lambda decision: decision["effect_month"])


def _last_in_effect(life: Record, objects: set[str], month: int) -> list[Record]:
    last = {
        (decision["agent"], decision["question"]): decision
        for decision in life["decisions"]
        if decision["effect_month"] <= month and objects & set(decision["objects"])
    }
    return list(last.values())
