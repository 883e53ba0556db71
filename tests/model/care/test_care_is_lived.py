"""What payers are expected to pay for is what those whose care they pay for live.

Bills rest on expected emergencies, referrals and tests done twice. Here they are held against what
happens to simulated residents, by who pays for them: commissioner by commissioner, members of
organisations and holders of budgets apart from others; and pathway by pathway, as primes pay.
"""

from collections import defaultdict

import numpy as np
import pytest
from forced_options import at_once

from agents.patients.patient_tables import COUNTS
from model.month.economy import HealthEconomy, burn_in
from model.month.preparing import prepare
from model.parameters import load_parameters
from model.places.place_finding import find_place
from model.population.pathways import PATHWAYS

MANY = 100_000  # of 300,000 residents
PERSON_MONTHS = COUNTS.index("person_months")
FEW = 60  # events of a group, below which it tells nothing
#: Of each: what lists are expected to have in a month [practices].
EXPECTED = {
    "consultations": lambda e: e.flows.consultations,
    "first_outpatients": lambda e: e.flows.planned.sum(axis=1),
    "operations_due": lambda e: e.flows.planned @ e.setup.activity.operation_share,
    "emergencies": lambda e: e.care.emergencies,
    "duplicate_tests": lambda e: e.care.tests.sum(axis=1),
}


@pytest.fixture(scope="module")
def many():
    return prepare(find_place("anyshire", None), load_parameters(), MANY)


@pytest.fixture(scope="module")
def begun(many):
    """Where every arm begins, by seed."""
    return {seed: burn_in(many, seed) for seed in (1,)}


@pytest.fixture(scope="module")
def begun_often(many, begun):
    return begun | {seed: burn_in(many, seed) for seed in (2, 3)}


def groups_of(economy):
    """Practices (a mask) by commissioner and by who else bears the cost of their patients."""
    state = economy.state
    member = state.provision.network >= 0
    holds = np.isin(np.arange(member.size), list(state.budgets.held))
    for k in np.unique(state.provision.practice_commissioner):
        here = (state.provision.practice_commissioner == k) & (state.practices.lists > 0)
        yield (int(k), "member"), here & member
        yield (int(k), "budget"), here & holds & ~member
        yield (int(k), "neither"), here & ~holds & ~member


def live_and_count(economy, months, found):
    """Add to `found` what was expected of each group, and what was lived, as if by everybody."""
    for _ in range(months):
        economy.step()
        count_referrals(economy, found)
        counts, lists = economy.record.by_practice[-1], economy.state.practices.lists
        for group, rows in groups_of(economy):
            lived = counts[rows].sum(axis=0)
            if lived[PERSON_MONTHS]:
                each = lists[rows].sum() / lived[PERSON_MONTHS]
                for what, expected in EXPECTED.items():
                    events = lived[COUNTS.index(what)]
                    row = expected(economy)[rows].sum(), each * events, events
                    found[what, *group] += np.array(row)


def count_referrals(economy, found):
    """Add to `found` referrals by pathway, those to a clinic outside hospital apart.

    Whoever sees them at the hospital: a prime that does the work itself may.
    """
    people = economy.record.by_practice[-1][:, PERSON_MONTHS].sum()
    away = economy.world.practices["shifted"] * (1.0 - economy.setup.activity.operation_share)
    seen = (economy.flows.planned * (1.0 - away)).sum(axis=0)
    for p, events in enumerate(economy.tally.sites["referred"].sum(axis=0)):
        each = economy.state.practices.lists.sum() / people
        found["referred", "all", PATHWAYS[p]] += np.array((seen[p], each * events, events))


def hold_lived(found, slack):
    """Each group's expected care within its luck, and `slack`, of what was lived."""
    off = {}
    for key, (expected, lived, events) in found.items():
        # Whoever has one is likelier to have another: twice the variance of a count.
        if events >= FEW and abs(expected / lived - 1.0) > 3.0 * np.sqrt(2.0 / events) + slack:
            off[key] = round(expected / lived, 3), int(events)
    assert not off


def check(many, starts, policy, months, slack=0.02):
    found = defaultdict(lambda: np.zeros(3))
    for seed, start in starts.items():
        economy = HealthEconomy(many, at_once(policy), seed, state=start.copy())
        live_and_count(economy, months, found)
    hold_lived(found, slack)
    return found


@pytest.mark.parametrize(
    ("policy", "kinds"),
    [("population_ico", {"member", "neither"}), ("fundholding", {"budget", "neither"})],
)
def test_payers_patients_live_what_is_expected_of_them(many, begun, policy, kinds):
    found = check(many, begun, policy, 24)
    assert {key[2] for key, (*_, events) in found.items() if events >= FEW} >= kinds


@pytest.mark.slow
@pytest.mark.parametrize(
    "policy",
    [
        "status_quo", "population_ico", "population_ico_two", "fundholding", "pbc_federations",
        "carveouts_three", "torbay", "teams_only", "block_payment+population_ico",
    ],
)  # fmt: skip
def test_all_who_are_paid_for_live_what_is_expected_of_them(many, begun_often, policy):
    check(many, begun_often, policy, 36)


def test_it_is_found_out_if_members_are_expected_to_need_less(many, begun):
    found = check(many, begun, "population_ico", 12)
    for key in found:
        found[key][0] *= 0.85 if key[2] == "member" and key[0] == "emergencies" else 1.0
    with pytest.raises(AssertionError, match="emergencies"):
        hold_lived(found, 0.02)
