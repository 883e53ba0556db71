"""One simulated person under two policies: two lives, why they differ, and all like them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from experiments.runs.folders import manifest_of
from experiments.runs.options import Options, described
from experiments.runs.runs import other_options, people, plural, with_licences
from experiments.terminal.output import Progress, number, print_rows, show
from model.stories import life_words as words
from model.stories.events import MONTHS

if TYPE_CHECKING:
    from model.policies.policy import Policy
    from model.stories.two_lives import Who

Record = dict[str, Any]
COMMON = ("consultation", "yearly_review")  # told by the year
MOST_LINES = 60  # of the timeline
MOST_CHAINS = 3
MOST_NAMED = 8  # persons to look at next
SAME, NOTHING = "the same", "-"


def person_lives(
    policies: "tuple[Policy, Policy]", options: Options, who: "Who", seeds: int
) -> tuple[Record, Record]:
    """The manifest, and a person's two lives (see `model.stories.two_lives`)."""
    from model.state.state import BURN_IN_MONTHS
    from model.stories.two_lives import two_lives

    setup = options.prepare()
    manifest = manifest_of("person", described(setup.place, options), {p.name: p for p in policies})
    months = seeds * (BURN_IN_MONTHS + 24 * options.years)
    with Progress("two lives", months, "months") as progress:
        record = two_lives(
            setup, policies, options.years, options.seed, who, seeds, options.minds,
            options.threads, progress.advance,
        )  # fmt: skip
    return {**manifest, "seeds": seeds}, record


def print_person(manifest: Record, record: Record) -> None:
    """The person, the two lives side by side, their numbers, their causes, all like them."""
    span = f"seed {manifest['seed']}, {plural(manifest['years'], 'year')}{other_options(manifest)}"
    place = manifest["place"]["title"]
    head = f"{words.SIMULATED}\n{place}\n{people(manifest)}; {span}"
    show(with_licences(head, manifest), words.person(record) + ".")
    rows = timeline(record)
    print_rows("Two lives with the same luck", rows[:MOST_LINES], 3)
    if (left := len(rows) - MOST_LINES) > 0:
        show(f"and {left} lines more; --json has all.")
    print_rows("Contacts and handovers", totals(record), 1)
    print_rows("Visits to", organisations(record), 1)
    for text in causes(record):
        show(text)
    show("\n".join(words.like_them(record)), *_ask_on(record))


def timeline(record: Record) -> list[dict[str, str]]:
    """The lives by year and month: a row for what is alike in both, or for each in turn."""
    one, other = (_lines(life, record["names"]) for life in record["lives"].values())
    rows = []
    for key in sorted(one.keys() | other.keys()):
        mine, theirs = one.get(key, []), other.get(key, [])
        rows += [_row(key, pair, record["policies"]) for pair in _beside(mine, theirs)]
    return rows


def _lines(life: Record, names: Record) -> dict[tuple[int, int], list[str]]:
    """Lines by year and month; month -1 of a year holds what is told by the year."""
    found: dict[tuple[int, int], list[str]] = {}
    years: dict[int, Counter[str]] = {}
    for entry in life["entries"]:
        key = divmod(entry["month"], 12)
        if entry["what"] in COMMON:
            years.setdefault(key[0], Counter())[entry["what"]] += 1
        else:
            found.setdefault(key, []).append(words.line(entry, names))
        lost = (words.loss(h, names) for h in entry["handovers"] if h["lost"])
        found.setdefault(key, []).extend(lost)
    for year, counts in years.items():
        found[year, -1] = [
            f"{n} {words.named('summaries' if n > 1 else 'summaries_of_one', what)}"
            for what, n in counts.items()
        ]
    return found


def _beside(one: Sequence[str], other: Sequence[str]) -> Iterable[tuple[str, str]]:
    """Lines of two lives beside one another: what is alike in both, then what is not, in pairs."""
    both = Counter(one) & Counter(other)
    yield from ((text, SAME) for text in both.elements())
    rest = ((Counter(lines) - both).elements() for lines in (one, other))
    yield from zip_longest(*rest, fillvalue=NOTHING)


def _row(key: tuple[int, int], pair: tuple[str, str], policies: Sequence[str]) -> dict[str, str]:
    year, month = key
    when = f"year {year + 1}" if month < 0 else f"{MONTHS[month][:3]} y{year + 1}"
    return {"when": when, **dict(zip(policies, pair, strict=True))}


def totals(record: Record) -> list[dict[str, str]]:
    """What each life holds, in numbers."""
    lives = [life["totals"] for life in record["lives"].values()]
    rows = {
        "consultations": ("consultation",), "with a GP": ("gp_consultations",),
        "with the usual GP": ("gp_consultations_usual",), "hospital clinics": ("clinic",),
        "clinics outside hospital": ("clinic_outside_hospital",), "operations": ("operation",),
        "emergency admissions": ("admission",), "handovers": ("handovers",),
        "handovers lost": ("lost",), "different teams": ("teams",),
        "different organisations": ("bodies",),
    }  # fmt: skip
    made = {what: [number(life.get(key, 0)) for life in lives] for what, (key,) in rows.items()}
    for what, key in (("handovers lost, expected", "expected_lost"),
                      ("emergency admissions, expected", "expected_crises")):  # fmt: skip
        made[what] = [number(life[key], 2) for life in lives]
    return [
        {"": what, **dict(zip(record["policies"], cells, strict=True))}
        for what, cells in made.items()
    ]


def organisations(record: Record) -> list[dict[str, str]]:
    """Visits to each organisation in each life."""
    return [
        {"": record["names"][row["body"]]} | {p: number(n) for p, n in row["contacts"].items()}
        for row in record["organisations"]
    ]


def causes(record: Record) -> Iterable[str]:
    """The chains of causes behind what differs: a death, admissions, losses, stays."""
    found = record["differences"]
    if found["alike"]:
        yield "Nothing that this person lived differs between the two."
        return
    chains = [*found["ends"], *found["admissions"], *found["losses"], *found["stays"]]
    if not chains:
        yield "The lives differ in who was met, not in admissions, stays or in what got lost."
    for k, difference in enumerate(chains[:MOST_CHAINS]):
        text = "\n".join(words.chain(difference["chain"], record))
        yield f"Why did it differ? {k + 1} of {len(chains)}\n{text}"


def _ask_on(record: Record) -> Iterable[str]:
    yield "Expected numbers add up the chances; what was drawn is one of many possible lives."
    others = [n for n in record["like_them"]["differ"] if n != record["person"]["person"]]
    if others:
        some = ", ".join(map(str, others[:MOST_NAMED]))
        yield f"Others of this seed whose admissions differ (--person): {some}"
