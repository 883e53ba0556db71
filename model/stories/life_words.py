"""A followed person's life in words that need no knowledge of the model's names."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from model.stories.decision_words import with_names
from model.stories.events import when

Record = Mapping[str, Any]
SIMULATED = "A simulated person: nobody in particular, and no prediction for anybody."


@cache
def words() -> dict[str, dict[str, str]]:
    """Words for entries, pathways, conditions, boundaries and parts of a chance."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def named(kind: str, name: str) -> str:
    """The words for a name of a kind, or the name itself."""
    return words()[kind].get(name, name.replace("_", " "))


def person(record: Record) -> str:
    """Who it is: age, sex, conditions, practice."""
    who = record["person"]
    conditions = [named("conditions", name) for name in who["conditions"]]
    ill = f"with {_listed(conditions)}" if conditions else "without long-term conditions"
    sex = {"female": "woman", "male": "man"}[who["sex"]]
    return (
        f"Person {who['person']}: a {sex} of {who['age_years']} {ill}, registered with"
        f" {record['names'][who['practice']]}; deprivation fifth {who['deprivation_fifth']} of 5"
    )


def _listed(items: list[str]) -> str:
    return " and ".join([", ".join(items[:-1]), items[-1]] if items[1:] else items)


def line(entry: Record, names: Mapping[str, str]) -> str:
    """One entry of a life in a few words."""
    what = entry["what"]
    if what == "clinic" and not any(step["at_site"] for step in entry["steps"]):
        what = "clinic_without_site"
    text = words()["entries"][what].format(
        pathway=named("pathways", entry["pathway"]), more=_more(entry, names),
        site=names.get(entry["site"], ""),
    )  # fmt: skip
    return text.rstrip(", ")


def _more(entry: Record, names: Mapping[str, str]) -> str:
    what = entry["what"]
    if what == "admission":
        days = entry["days"]
        return f", {days} {'day' if days == 1 else 'days'}" if days else ", same day"
    if what == "operation":
        return ", day case" if entry["day_case"] else ", a stay"
    if what == "enrolled":
        who = named("picked_by", entry["picked_by"])
        told = f"{who} foretells {entry['score']:.2f} emergency admissions a year"
        return f"{told}, places go down to {entry['line']:.2f}"
    if what == "left_programme":
        return named("reasons", entry["reason"])
    if what == "condition":
        return named("conditions", entry["condition"])
    return names.get(entry.get("to", ""), "")


def loss(handover: Record, names: Mapping[str, str]) -> str:
    """A lost handover: from whom to whom."""
    return f"LOST: {ends(handover, names)}"


def ends(handover: Record, names: Mapping[str, str]) -> str:
    """From whom to whom a handover goes."""
    return f"{_end(handover['from'], names)} -> {_end(handover['to'], names)}"


def _end(team: Record, names: Mapping[str, str]) -> str:
    name = names[team["body"]]
    return name if team["team"] == "practice" else f"{team['team'].replace('_', ' ')} ({name})"


def chain(links: list[dict[str, Any]], record: Record) -> Iterator[str]:
    """The links of a chain of causes, a paragraph each."""
    for link in links:
        other = next(name for name in record["policies"] if name != link["in"])
        yield TELLS[link["link"]](link, other, record["names"])


def _admission(link: Record, other: str, names: Mapping[str, str]) -> str:
    here, there = link["chance"][link["in"]], link["chance"][other]
    text = (
        f"{_capital(when(link['month']))}: emergency admission under {link['in']} only. The draw"
        f" was {_share(link['draw'])}, the same in both; the chance was {_share(here)} under"
        f" {link['in']} and {_share(there)} under {other}."
    )
    parts = [f"{named('parts', part['part'])} ({_times(part)})" for part in link["parts"]]
    if parts:
        text += f" What differs: {_listed(parts)}."
    return text + _counterfactual(link) + "".join(_decided(link, names))


def _counterfactual(link: Record) -> str:
    if link["harm"] == 1.0:
        return ""
    chance = _share(link["without_harm"])
    if link["without_harm_too"]:
        return f" Without the lost handover the chance was {chance}: it would have come anyway."
    return f" Without the lost handover the chance was {chance}: it would not have come."


def _times(part: Record) -> str:
    more = ", decides alone" if part["decided"] else ""
    if part["part"] == "base":
        return f"{_share(part['here'])} and {_share(part['there'])}{more}"
    return f"times {part['here']:.3g} and {part['there']:.3g}{more}"


def _loss(link: Record, other: str, names: Mapping[str, str]) -> str:
    here = link["here"]
    pathway = f", {named('pathways', link['pathway'])}" if link["pathway"] else ""
    occasion = named("occasions", link["entry"]) + pathway
    text = (
        f"{_capital(when(link['month']))} ({occasion}): the handover from"
        f" {_end(here['from'], names)} to {_end(here['to'], names)} is lost under {link['in']}:"
        f" draw {_share(here['draw'])}, chance {_share(here['chance'])}"
        f" ({named('boundaries', here['boundary'])})."
    )
    if here["harm"] != 1.0:
        text += f" It multiplies the chance of an emergency by {here['harm']:.3g} until"
        text += f" {when(here['harm_until'])}."
    return text + _elsewhere(link, other, names) + "".join(_decided(link, names))


def _decided(link: Record, names: Mapping[str, str]) -> Iterator[str]:
    for decision in link["decided"]:
        since = when(decision["effect_month"])
        did = with_names(decision["did"], names)
        yield f" {names[decision['agent']]} {did}, in effect from {since}."


def _end_told(link: Record, other: str, names: Mapping[str, str]) -> str:
    text = (
        f"{_capital(when(link['month']))}: {named('entries', link['what'])} under {link['in']}"
        f" only. The draw was {_share(link['draw'])}, the chance {_share(link['chance'])}."
    )
    here, there = link["hospital"]
    if link["after_admission"] and there is None:
        text += f" It followed that month's emergency admission, which did not come under {other}."
    elif link["after_admission"]:
        alone = ", which decides alone" if link["decides"] else ""
        text += f" It followed that month's emergency admission, which is survived under {other}."
        text += (
            f" The hospital's quality multiplies the chance by {here:.3g} and {there:.3g}{alone}."
        )
    text += "".join(_decided(link, names))
    return f"{text} What comes later under {other} is not compared."


def _stay_told(link: Record, other: str, names: Mapping[str, str]) -> str:
    """How much longer a stay was, where, and who decided it."""
    longer, shorter = link["lengths"]
    what = f"{named('occasions', link['what'])}, {named('pathways', link['pathway'])}"
    if link["what"] == "operation":
        told = f"a stay under {link['in']}, a day case under {other}"
    else:
        told = f"{longer} days under {link['in']}, {shorter} under {other}"
    text = f"{_capital(when(link['month']))} ({what}): {told}, by the same draw."
    here, there = (names.get(site, site) for site in link["sites"])
    if here != there:
        text += f" It was at {here} under {link['in']}, at {there} under {other}."
    return text + "".join(_decided(link, names))


def _elsewhere(link: Record, other: str, names: Mapping[str, str]) -> str:
    here, there = link["here"], link["there"]
    if there is None:
        care = [named("occasions", what) for what in link["instead"]]
        had = _listed(care) if care else "nothing like it"
        return f" Under {other} there was no such handover: that month's care was {had}."
    outcome = "is lost, too" if there["lost"] else "arrives"
    text = f" Under {other} it {outcome}: the same draw, chance {_share(there['chance'])}"
    text += f" ({named('boundaries', there['boundary'])})."
    differs = list(_differs(here, there, names))
    return f"{text} What differs: {_listed(differs)}." if differs else text


def _differs(here: Record, there: Record, names: Mapping[str, str]) -> Iterator[str]:
    for end in ("from", "to"):
        if here[end] != there[end]:
            yield f"{_end(there[end], names)} instead of {_end(here[end], names)}"
    if here["link"] != there["link"]:
        yield f"the link is {there['link']:.2f} of full strength, not {here['link']:.2f}"
    if here["shared_record"] != there["shared_record"]:
        now, before = (f"{100 * h['shared_record']:.0f}%" for h in (there, here))
        yield f"a shared record is used {now}, not {before}"
    if here["case_manager"] != there["case_manager"]:
        yield "a case manager" if there["case_manager"] else "no case manager"
    if here["contract"] != there["contract"]:
        yield f"{_contract(there['contract'], names)}, not {_contract(here['contract'], names)}"


def _contract(contract: Record, names: Mapping[str, str]) -> str:
    told = {
        "own": "a contract of {}", "pathway": "one contract for the pathway, held by {}",
        "population": "the population budget of {}",
    }  # fmt: skip
    return told[contract["kind"]].format(names[contract["holder"]])


TELLS = {"end": _end_told, "admission": _admission, "loss": _loss, "stay": _stay_told}


def like_them(record: Record) -> list[str]:
    """How many of all simulated people of the group had what, in each future."""
    like, policies = record["like_them"], record["policies"]
    title = record["group"]["title"]
    lines = [f"Of {like['people']:,} {title}, all that are simulated, {_seeds(like['seeds'])}:"]
    for pair, key, told in zip(
        like["pairs"], ("with_lost_handover", "with_crisis"),
        ("a lost handover", "an emergency admission"), strict=True,
    ):  # fmt: skip
        had = [f"{row[key]:,} under {row['policy']}" for row in like["rows"]]
        more = [f"{pair['more_under_' + policy]:,} under {policy}" for policy in policies]
        lines.append(f"- {told} came to {_listed(had)}; {_listed(more)} had more than otherwise;")
    totals = [
        f"{row['lost']:,} lost handovers and {row['crises']:,} admissions under {row['policy']}"
        for row in like["rows"]
    ]
    return [*lines, f"- in all, {_listed(totals)}."]


def _seeds(seeds: int) -> str:
    return "under one seed" if seeds == 1 else f"under {seeds} seeds"


def _share(share: float) -> str:
    return f"{100 * share:.2f}%"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
