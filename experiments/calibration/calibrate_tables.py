"""What a calibration found, as readers see it, within 80 columns."""

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import Any

from experiments.runs.runs import people, plural, with_licences
from experiments.terminal.output import UNKNOWN, number, print_rows, show

WIDTH = 80
FIGURE, PARAMETER = 34, 30  # columns of their names
LEAST_SHARE = 0.05  # of a figure's variance; less is not shown
SIGNS = {"negative": "falls", "positive": "rises"}
Row = Mapping[str, Any]


def print_calibration(
    manifest: dict[str, Any], results: Row, others: Mapping[str, Sequence[Row]], folder: Any
) -> None:
    """Waves, figures, what cannot be reached, what identifies what, sets left, other minds."""
    show(with_licences(_header(manifest), manifest))
    print_rows("Waves", [_wave(row) for row in results["waves"]], text_columns=1)
    print_rows("Figures", [_figure(row, manifest) for row in results["figures"]], text_columns=1,
               tight=True)  # fmt: skip
    show(
        FIGURES_MEAN,
        "Cannot be reached within these ranges (set aside)\n" + "\n".join(_unreached(results)),
    )
    print_shares(results)
    print_rows("Parameters", [_parameter(row) for row in results["parameters"]], text_columns=1,
               tight=True)  # fmt: skip
    show(_left(manifest, results))
    for name, rows in others.items():
        print_rows(f"The same sets: {name}", [_other(row) for row in rows], text_columns=1,
                   tight=True)  # fmt: skip
    show(f"Kept: {folder}; its waves can be asked with `joinedup query`.")


def _header(manifest: dict[str, Any]) -> str:
    problem, first, n = manifest["problem"], manifest["seed"], manifest["replicates"]
    return (
        f"{problem['title']}\n{manifest['place']['title']}\n{people(manifest)};"
        f" {plural(n, 'seed')} ({first}-{first + n - 1}); ruled out beyond"
        f" {problem['cutoff']:g} standard deviations"
    )


def _wave(row: Row) -> dict[str, str]:
    return {
        "wave": f"{row['wave']}",
        "sets lived": number(row["sets"]),
        "failed": number(row["failed"]),
        "not ruled out so far": number(row["not_ruled_out"]),
        "share of space left": _per_cent(row["space"]),
    }


def _per_cent(share: float) -> str:
    """A share in per cent, small ones in two digits."""
    return f"{100.0 * share:.0f}%" if share >= 0.1 else f"{100.0 * share:.2g}%"


def _figure(row: Row, manifest: Row) -> dict[str, str]:
    decimals = row["decimals"]
    return {
        "figure": _short(f"{row['figure']}, {row['unit']}", FIGURE),
        "published": SIGNS.get(row["sign"]) or number(row["observed"], decimals),
        "as it is": number(row["default"], decimals),
        "central": number(row["central"], decimals),
        "sets left": f"{number(row['low'], decimals)} to {number(row['high'], decimals)}",
        "within": _within(row, manifest["problem"]["cutoff"]),
    }


def _within(row: Row, cutoff: float) -> str:
    """How many of the sets left bring a figure within the cut-off; `still` if nothing moves it."""
    if not row["reached"]:
        return "no set"
    within = sum(away is not None and away <= cutoff for away in row["away"])
    return f"{within}/{len(row['away'])}" if row["moved"] else "still"


def _short(text: str, width: int) -> str:
    """A text broken over lines of at most `width`."""
    return "\n ".join(wrap(text, width, break_on_hyphens=False))


FIGURES_MEAN = (
    "As it is: the model's own values, the first set of wave 1. Sets left: 5th to 95th percentile."
    " Within: how many of the sets left bring the figure within the cut-off; still: none of these"
    " parameters moves it, so that it rules nothing out."
)


def _unreached(results: Row) -> list[str]:
    """A sentence for each figure that no set brings within the cut-off."""
    return [
        f"{row['figure']}: closest {number(row['closest'], row['decimals'])}, published"
        f" {SIGNS.get(row['sign']) or number(row['observed'], row['decimals'])}"
        + (f" ({number(row['closest_away'], 1)} standard deviations)" if row["closest_away"]
           is not None else " (it was never measured)")
        + (f"; {row['limit']}" if row["limit"] else "")
        for row in results["figures"] if not row["reached"]
    ] or ["none"]  # fmt: skip


def print_shares(results: Row) -> None:
    """Target x parameter: the largest share of a figure's variance that a parameter explains."""
    shares = shares_by_group(results["figures"])
    told = {n for of_group in shares.values() for n, v in of_group.items() if v >= LEAST_SHARE}
    names = [row["parameter"] for row in results["parameters"] if row["parameter"] in told]
    width = max((len(name) for name in names), default=0)
    for groups in _blocks(list(shares), width):
        rows = [{"% of variance": n, **{_head(g): _share(shares[g].get(n)) for g in groups}}
                for n in names]  # fmt: skip
        print_rows("What each target identifies", rows, text_columns=1, tight=True)
    show(
        "Shares of the variance over the whole space that a parameter explains by itself, by the"
        " emulators, of the figure of the target that it moves most; what is missing to 100 is"
        " interaction and chance. Under 5 is left out."
    )


def _head(group: str) -> str:
    """A target or rate as the head of a column: a rate's words below each other."""
    return group.replace("_", "\n")


def shares_by_group(figures: Sequence[Row]) -> dict[str, dict[str, float]]:
    """By target or rate, the largest share of any of its figures, by parameter."""
    found: dict[str, dict[str, float]] = {}
    for row in figures:
        of_group = found.setdefault(row["group"], {})
        for name, share in row["shares"].items():
            of_group[name] = max(share, of_group.get(name, 0.0))
    return found


def _blocks(groups: Sequence[str], width: int) -> list[list[str]]:
    """Groups in as few tables as fit the page."""
    blocks: list[list[str]] = [[]]
    used = width
    for group in groups:
        needed = max(map(len, group.split("_"))) + 1
        if used + needed > WIDTH and blocks[-1]:
            blocks.append([])
            used = width
        blocks[-1].append(group)
        used += max(needed, 4)
    return blocks


def _share(share: float | None) -> str:
    return "" if share is None or share < LEAST_SHARE else f"{100.0 * share:.0f}"


def _parameter(row: Row) -> dict[str, str]:
    return {
        "parameter": _short(row["parameter"].replace("_", "_ "), PARAMETER).replace("_ ", "_"),
        "range": f"{_value(row['range_low'])} to {_value(row['range_high'])}",
        "as it is": _value(row["default"]),
        "central": _value(row["central"]),
        "sets left": f"{_value(row['low'])} to {_value(row['high'])}",
    }


def _value(value: float | None) -> str:
    """A parameter's value in three digits; large ones in millions or thousands."""
    if value is None:
        return UNKNOWN
    for size, letter in ((1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (1e3 if letter == 'k' else size):.3g}{letter}"
    return f"{value:.3g}"


def _left(manifest: Row, results: Row) -> str:
    """How many sets are left, under which rule, and how the model as it stands fares."""
    lived = sum(row["sets"] for row in results["waves"])
    reached = sum(row["reached"] for row in results["figures"])
    by_above = ", ".join(f"{n} with {m} beyond" for m, n in enumerate(results["by_above"]))
    rule = (f"all {reached} figures that can be reached" if not results["above"] else
            f"all but {results['above']} of the {reached} figures that can be reached")  # fmt: skip
    own = results["defaults"][results["above"]]
    verdict = "ruled out" if own is None or own > manifest["problem"]["cutoff"] else "not ruled out"
    enough = "" if results["not_ruled_out"] >= manifest["problem"]["enough"] else (
        f" These are fewer than the {manifest['problem']['enough']} asked for.")  # fmt: skip
    return (
        f"{results['not_ruled_out']} of {lived} sets are not ruled out by {rule}"
        f" (by figures beyond the cut-off: {by_above}).{enough} The model as it stands is"
        f" {verdict} ({number(own, 1)} standard deviations)."
    )


def _other(row: Row) -> dict[str, str]:
    decimals = row["decimals"]
    return {
        "figure": _short(f"{row['figure']}, {row['unit']}", FIGURE),
        "central": number(row["value_before"], decimals),
        "so": number(row["value_now"], decimals),
        "sets within": f"{row['before']}/{row['sets']}",
        "now": f"{row['now']}/{row['sets']}",
        "rests on it": "yes" if row["now"] < row["before"] / 2 else "",
    }
