"""Practices join integrated organisations by what each expects of them, and learn from results."""

from dataclasses import replace

import numpy as np
import pytest
from forced_options import force_options, without_motives
from scipy.stats import spearmanr

from model.integrated import choosing_members, joining, membership
from model.payments.list_charges import yearly_charges
from model.policies.policy import Policy, PopulationContract
from model.state.integrated import YearResult
from model.state.state import BURN_IN_MONTHS

CODES = ("east-integrated", "west-integrated")
ALL_GO_ON = {
    (code, "give_up", BURN_IN_MONTHS + month): "keep" for code in CODES for month in range(0, 90, 3)
}


def population(**terms):
    contract = PopulationContract(**terms)
    return Policy(name="tried", title="t", help="h", source="s", population_contracts=(contract,))


def with_values(setup, **values):
    """The place with other values of parameters of integrated organisations."""
    named = {f"integrated.{name}": value for name, value in values.items()}
    return replace(setup, parameters=setup.parameters.with_values(named))


def asked_to_join(economy):
    """Chances to join of the practices asked in the first month of the policy."""
    asked = [d for d in economy.decisions() if d.rule == "membership" and d.month == BURN_IN_MONTHS]
    return {d.agent: d.probabilities[d.options.index("join")] for d in asked}


# The first year


def test_the_share_that_joins_at_first_is_graded_in_what_practices_expect(live_policy, shire):
    means = (0.0, 0.005, 0.01, 0.015, 0.02, 0.025, 0.03)
    shares = []
    for mean in means:
        setup = with_values(shire, practices_believed_result=mean)
        shares.append(
            np.mean(list(asked_to_join(live_policy(population(), 1, setup=setup)).values()))
        )
    steps = np.diff(shares)
    assert (steps > 0.02).all()
    assert steps.max() < 0.25  # half a percentage point of belief never moves most of the place
    assert 0.05 < shares[0] < shares[-1] < 0.98


def test_practices_differ_and_stay_as_they_are(live_policy, shire):
    one, other = live_policy(population(), 1), live_policy(population(lead="acute"), 13)
    for economy in (one, other):
        guesses = joining.first_beliefs(economy.minds, economy.setup.parameters)
        np.testing.assert_array_equal(
            guesses.mean, joining.first_beliefs(one.minds, one.setup.parameters).mean
        )
    spread = shire.parameters["integrated.practices_belief_spread"]
    assert one.state.integrated.organisations[0].beliefs.mean.std() == pytest.approx(
        spread, rel=0.35
    )
    chances = asked_to_join(one)
    agents = one.minds.practices
    believed = [
        one.state.integrated.organisations[0].beliefs.mean[g]
        for g, a in enumerate(agents)
        if a.code in chances
    ]
    assert (
        spearmanr(believed, [chances[a.code] for a in agents if a.code in chances]).statistic > 0.8
    )
    hopeful = live_policy(population(), 1, setup=with_values(shire, practices_believed_result=0.03))
    moved = (
        hopeful.state.integrated.organisations[0].beliefs.mean
        - one.state.integrated.organisations[0].beliefs.mean
    )
    assert moved == pytest.approx(0.02)


def test_what_commissioners_believe_of_contracts_moves_no_practice(live_policy, shire):
    chances = []
    for share in (0.0, 0.1):
        values = shire.parameters.with_values({"minds.believed_saving_share": share})
        economy = live_policy(population(), 1, setup=replace(shire, parameters=values))
        chances.append(asked_to_join(economy))
        assert economy.state.integrated.organisations[0].leaders_belief.mean < 0.06
    assert chances[0] == chances[1]


def test_a_new_practice_has_a_guess_of_its_own_and_no_experience(live_policy):
    economy = live_policy(population(), 1)
    beliefs = economy.state.integrated.organisations[0].beliefs
    beliefs.update(3, 0.1, 0.001, 0.5)
    guess = joining.first_guess(economy.minds, economy.setup.parameters, 3)
    assert beliefs.mean[3] > 0.09 and beliefs.spread[3] < guess.spread
    joining.begin_anew(economy.minds, economy.setup.parameters, economy.state.integrated, 3)
    assert beliefs.of(3) == guess


# Results and word of them


def settle_at(economy, share):
    """Let every organisation have this share of the capitation left when the year closes."""
    for organisation in economy.state.integrated.organisations:
        result = (
            economy.state.money.ledger.balance_of(organisation.body) - organisation.opening_balance
        )
        wanted = round(share * organisation.received_pence)
        economy.state.money.ledger.post(
            economy.state.month, 1, organisation.body, "high_cost_patients", wanted - result
        )


def members_by_year(live_policy, setup, share, years=6):
    """Numbers of members each year in a place where every year ends with `share` left."""
    economy = live_policy(population(), 0, setup=setup, forced=ALL_GO_ON)
    found = []
    for month in range(12 * years + 1):
        if month % 12 == 0:
            settle_at(economy, share)
        economy.step()
        if month % 12 == 11:
            networks = [o.network for o in economy.state.integrated.organisations]
            found.append(int(np.isin(economy.state.provision.network, networks).sum()))
    return found


@pytest.fixture(scope="module")
def good(live_policy, shire):
    """Numbers of members by year if all years are good."""
    return members_by_year(live_policy, shire, 0.04)


def test_membership_spreads_after_good_results_and_falls_after_bad_ones(live_policy, shire, good):
    bad = members_by_year(live_policy, shire, -0.04)
    assert good[0] == bad[0] > 3  # before anybody has a result
    assert good[-1] > 1.5 * good[0]
    assert bad[-1] < 0.5 * bad[0]
    assert good[2] < good[-1]  # it takes years


def test_without_word_from_neighbours_few_join_later(live_policy, shire, good):
    alone = members_by_year(live_policy, with_values(shire, neighbours_told=0.0), 0.04)
    assert good[0] == alone[0]
    assert good[-1] > alone[-1] + 2


def outsider_after(live_policy, setup, near, share=0.05):
    """Worth of joining to a practice once 5 neighbours, or 5 others, had a year's result.

    All lists and spending are alike, so that it is the same whoever is a member but for neighbours.
    """
    economy = live_policy(population(), 1, "inert", setup=setup)
    state, organisation = economy.state, economy.state.integrated.organisations[0]
    here = np.flatnonzero(organisation.invited)
    g = int(here[0])
    state.practices.lists = np.where(state.practices.lists > 0, 7_000, 0)
    for spend in state.yearbooks.last_year.of_lists():
        spend[:] = spend.mean(axis=0)
    close = [h for h in setup.neighbours[g].tolist() if h in here]
    far = [h for h in here.tolist() if h != g and h not in close]
    for h in (close if near else far)[:5]:
        membership.join(
            economy.minds, economy.setup, economy.state, economy.payment, int(h), organisation.code
        )
    members = state.provision.network == organisation.network
    organisation.results.append(YearResult(state.month, share, 0.01, members))
    joining.update_beliefs(economy.minds, economy.setup, economy.state, economy.seed)
    charges = yearly_charges(
        economy.setup.geography,
        economy.state,
        economy.payment,
        np.arange(state.practices.lists.size),
    )
    observation = choosing_members.membership_observation(
        economy.minds,
        economy.setup.parameters,
        economy.setup.neighbours,
        economy.state,
        organisation,
        g,
        charges,
    )
    return economy.minds.practices[g].worth_of_membership(observation), organisation.beliefs.of(g)


def test_without_social_weight_joining_does_not_hang_on_neighbours(live_policy, shire):
    values = {"minds.peer_pounds": 0.0, "integrated.neighbours_told": 0.0}
    alone = replace(shire, parameters=shire.parameters.with_values(values))
    near, far = (outsider_after(live_policy, alone, near) for near in (True, False))
    assert near == pytest.approx(far)
    pull = replace(shire, parameters=shire.parameters.with_values({"minds.peer_pounds": 0.0}))
    near, far = (outsider_after(live_policy, pull, near) for near in (True, False))
    assert near[0] > far[0] and near[1].mean > far[1].mean  # told of a good year


def test_who_sees_the_accounts_learns_more_than_who_hears_of_them(live_policy, shire):
    economy = live_policy(population(), 1, "inert")
    here = np.flatnonzero(economy.state.integrated.organisations[0].invited)
    g = int(here[0])
    near = economy.setup.neighbours[g]
    members = np.zeros(economy.state.practices.lists.size, dtype=bool)
    members[near[[0, 5]]] = True
    error = joining.report_error(economy.setup.parameters, economy.setup.neighbours, members)
    own = shire.parameters["integrated.result_error"]
    assert error[near[0]] == own
    told = 1.0 + 1.0 / 6.0  # the nearest, and the sixth
    assert error[g] == pytest.approx(own * 2.0 / told**0.5)
    members[near[0]] = False
    assert joining.report_error(economy.setup.parameters, economy.setup.neighbours, members)[
        g
    ] == pytest.approx(own * 2.0 * 6.0**0.5)
    assert not np.isfinite(
        joining.report_error(economy.setup.parameters, economy.setup.neighbours, members & False)
    ).any()


def test_a_small_pools_year_tells_little(live_policy):
    economy = live_policy(population(), 1, "inert")
    organisation = economy.state.integrated.organisations[0]
    here = np.flatnonzero(organisation.invited)
    spreads = []
    for several in (2, here.size):
        for g in here[:several]:
            membership.join(
                economy.minds,
                economy.setup,
                economy.state,
                economy.payment,
                int(g),
                organisation.code,
            )
        members = economy.state.provision.network == organisation.network
        spreads.append(
            joining.year_result(
                economy.setup.parameters,
                economy.state.month,
                economy.state.practices,
                organisation,
                0.03,
                members,
            ).spread
        )
    lists = economy.state.practices.lists
    assert spreads[0] / spreads[1] == pytest.approx(
        (lists[here].sum() / lists[here[:2]].sum()) ** 0.5, rel=0.1
    )
    first = joining.first_guess(economy.minds, economy.setup.parameters, 0)
    moved = [abs(first.after(first.mean + 0.03, spread).mean - first.mean) for spread in spreads]
    assert moved[0] < 0.6 * moved[1]


def test_one_organisations_result_says_something_about_another(live_policy):
    economy = live_policy(population(rivals=("practices",)), 1, "inert")
    first, rival = economy.state.integrated.organisations[:2]
    members = np.zeros(economy.state.practices.lists.size, dtype=bool)
    members[np.flatnonzero(first.invited)[:6]] = True
    before = [o.beliefs.mean.copy() for o in (first, rival)]
    first.results.append(YearResult(economy.state.month, 0.08, 0.01, members))
    joining.update_beliefs(economy.minds, economy.setup, economy.state, economy.seed)
    moved = [o.beliefs.mean - b for o, b in zip((first, rival), before, strict=True)]
    assert (moved[0][members] > moved[1][members]).all() and (moved[1][members] > 0.0).all()


# Money


def forced_members(setup, state):
    """All practices join in the first month, and their organisations hold clinics themselves."""
    joined = {
        (code, f"membership {k}-integrated", BURN_IN_MONTHS): "join"
        for code, k, patients in zip(
            *(setup.place.practices[column] for column in ("practice", "commissioner")),
            state.practices.lists,
            strict=True,
        )
        if patients
    }
    planned = {(code, "make_or_buy", BURN_IN_MONTHS + 12): "make_a_quarter" for code in CODES}
    return joined, planned


@pytest.mark.decision("membership")
@pytest.mark.parametrize(
    ("terms", "clinic_cost"),
    [
        ({}, 0.7),
        ({"risk_up": 0.5, "risk_down": 0.3}, 1.15),
        ({"lead": "acute", "corridor": 0.02}, 0.7),
        ({"floor": 0.005, "deficits": "leader"}, 1.15),
    ],
)
def test_a_member_gets_what_is_shown_where_the_belief_is_true(
    shire, after_burn_in, terms, clinic_cost
):
    """Each organisation believes of the year from the fourth April what it then has left."""
    values = {
        "minds.own_clinic_cost_share": clinic_cost, "minds.joining_cost_pence_per_patient": 0,
        "minds.cost_spread_per_patient_pounds": 1e-6, "minds.expected_uptake": 1.0,
        "integrated.practices_belief_spread": 1e-9, "integrated.power_of_dependence": 0.0,
    }  # fmt: skip
    place = without_motives(shire, values)
    joined, planned = forced_members(place, after_burn_in)
    lived = force_options(place, after_burn_in, population(**terms), joined, 49, before=planned)
    state, shown, booked = lived.second.state, 0.0, 0.0
    for o in state.integrated.organisations:
        lasting = o.results[-1]
        assert lasting.month == BURN_IN_MONTHS + 48
        values["integrated.practices_believed_result"] = lasting.share
        again = without_motives(shire, values)
        asked = force_options(again, after_burn_in, population(**terms), joined, 1)
        of = [d for d in asked.decisions if d.about == o.code]
        shown += sum(d.pounds[1] for d in of)
        bodies = state.provision.practice_body[lasting.members].tolist()
        paid = range(BURN_IN_MONTHS + 37, BURN_IN_MONTHS + 49)
        booked += lived.booked(bodies, paid, ["gain_share", "member_support", "deficit_cover"])
    assert shown == pytest.approx(booked, rel=0.05)
