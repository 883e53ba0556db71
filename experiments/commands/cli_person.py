"""The command that follows one simulated person through two futures."""

from typing import Annotated

import typer

from experiments.commands import command_options as asked
from experiments.commands.arguments import (
    Data,
    Json,
    Levers,
    Minds,
    Patients,
    Place,
    Quick,
    Seed,
    Threads,
    Without,
    Years,
)
from experiments.runs.options import MOST_REPLICATES, whole_number


def person(
    policy: Annotated[str, typer.Argument(help="a preset, a TOML file, or several: a+b")],
    against: Annotated[
        str, typer.Option("--against", help="the other policy, beside it")
    ] = "status_quo",
    group: Annotated[
        str | None, typer.Option("--group", help="whom to draw from: joinedup list groups")
    ] = None,
    number: Annotated[
        int | None, typer.Option("--person", help="a certain person, by number [a random one]")
    ] = None,
    seeds: Annotated[
        int, typer.Option("--seeds", help="count people like them under this many seeds")
    ] = 1,
    place: Place = "anyshire",
    data: Data = None,
    patients: Patients = None,
    years: Years = None,
    seed: Seed = 0,
    set_: Levers = None,
    without: Without = None,
    threads: Threads = 1,
    minds: Minds = "reasoned",
    quick: Quick = False,
    json: Json = False,
) -> None:
    """Follow one simulated person through two policies with the same luck, and say why."""
    options = asked.checked_options(
        place=place, data=data, patients=patients, years=years, seed=seed, levers=set_ or [],
        without=without or [], threads=threads, minds=minds, quick=quick,
    )  # fmt: skip
    pair = asked.two_policies(policy, against)
    if group is not None:
        from model.population.person_groups import find_group

        find_group(group)
    from experiments.explanations.person_answer import person_lives, print_person
    from experiments.terminal.output import print_json
    from model.stories.two_lives import Who

    n = whole_number("--seeds", seeds, MOST_REPLICATES)
    manifest, record = person_lives(pair, options, Who(group, number), n)
    if json:
        print_json("person", manifest, record["like_them"]["rows"], life=record)
    else:
        print_person(manifest, record)
