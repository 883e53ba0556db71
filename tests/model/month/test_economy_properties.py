"""Whatever policy is tried, nobody is lost, nothing is negative and the books balance."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.outcomes.market import market_of
from model.outcomes.scoreboard import scoreboard
from model.policies.policy import (
    Budget,
    JointTeams,
    Merger,
    PathwayContract,
    Policy,
    PooledBudget,
    PopulationContract,
    PracticeTakeovers,
)
from model.population.pathways import PATHWAYS

MONTHS = 24
starts = st.integers(0, 14)
shares = st.sampled_from([0.0, 0.3, 1.0])
leaders = st.sampled_from(["practices", "community", "acute", "outside"])
body_kinds = st.lists(
    st.sampled_from(["acute", "community", "mental_health"]), min_size=1, max_size=3, unique=True
)


@st.composite
def pathway_contracts(draw):
    """Contracts for some pathways, none of them twice."""
    pathways = draw(st.lists(st.sampled_from(PATHWAYS), max_size=6, unique=True))
    return tuple(
        PathwayContract(
            pathways=(pathway,),
            start_month=draw(starts),
            term_years=draw(st.integers(1, 3)),
            ceiling_share=draw(st.sampled_from([0.7, 1.0, 1.3])),
            adoption=draw(st.sampled_from(["required", "allowed"])),
            single_point_of_access=draw(st.booleans()),
            choice=draw(st.sampled_from(["any", "network", "closed"])),
            delivery=draw(st.sampled_from(["decide", "subcontract", "do_the_work"])),
        )
        for pathway in pathways
    )


@st.composite
def policies(draw):
    """Any mixture of contracts, mergers, joint teams and budgets."""
    population = PopulationContract(
        start_month=draw(starts), invited_share=draw(st.sampled_from([0.3, 1.0])),
        community=draw(st.sampled_from(["transferred", "separate"])),
        risk_up=draw(shares), risk_down=draw(shares), shared_records=draw(st.booleans()),
        joint_teams=draw(st.booleans()), lead=draw(leaders),
        rivals=tuple(draw(st.lists(leaders, max_size=2))),
        partners=tuple(draw(st.sets(st.sampled_from(["acute", "community"])))),
        choice=draw(st.sampled_from(["any", "network", "closed"])),
        corridor=draw(st.sampled_from([0.02, 1.0])), floor=draw(st.sampled_from([0.01, 1.0])),
        stop_loss_pounds=draw(st.sampled_from([None, 20_000])),
        reserve_share=draw(st.sampled_from([0.0, 0.01])),
        deficits=draw(st.sampled_from(["carried", "leader", "insolvency"])),
        notice_months=draw(st.integers(3, 12)),
    )  # fmt: skip
    merger = Merger(start_month=draw(starts), kinds=tuple(draw(body_kinds)))
    budget = Budget(
        kind=draw(st.sampled_from(["real", "indicative"])), emergencies=draw(st.booleans()),
        start_month=draw(starts), end_month=draw(st.sampled_from([None, 12, 20])),
        entry_notice_months=draw(st.sampled_from([0, 12])), retained_share=draw(shares),
        overspend_share=draw(shares), allowance_pence_per_patient=1_000,
    )  # fmt: skip
    joint = JointTeams(start_month=draw(starts), kinds=tuple(draw(body_kinds)))
    pool = PooledBudget(
        start_month=draw(starts), adoption=draw(st.sampled_from(["required", "allowed"])),
        nhs_pence_per_head=draw(st.sampled_from([0, 5_000])), bed_day_share=draw(shares),
    )  # fmt: skip
    return Policy(
        name="tried", title="t", help="h", source="s",
        pathway_contracts=draw(pathway_contracts()),
        population_contracts=(population,) if draw(st.booleans()) else (),
        mergers=(merger,) if draw(st.booleans()) else (),
        joint_teams=(joint,) if draw(st.booleans()) else (),
        budgets=(budget,) if draw(st.booleans()) else (),
        pooled_budgets=(pool,) if draw(st.booleans()) else (),
        practice_takeovers=(PracticeTakeovers(),) if draw(st.booleans()) else (),
    )  # fmt: skip


def assert_sound(economy):
    state, setup = economy.state, economy.setup
    people, lines = state.residents.people, state.hospitals.lines
    assert all(int(balance.sum()) == 0 for balance in economy.record.balance)
    care = state.social_care
    lengths = (lines.capacity, lines.backlog, lines.fixed_kept, lines.semi_kept)
    for array in (*lengths, care.capacity, care.days, care.budget, state.practices.pair_patients):
        assert np.isfinite(array).all() and (array >= 0).all()
    assert people["practice"].max() < len(setup.place.practices)
    candidate = economy.world.practices["candidate"][people["practice"]]
    emergency = setup.geography.emergency[np.maximum(candidate, 0)] * (candidate >= 0)
    assert emergency.any(axis=1).all()
    for name in ("consult_rate", "planned_rate", "risk_score", "harm_factor", "death_factor"):
        assert np.isfinite(people[name]).all() and (people[name] >= 0).all()
    total = state.referrals.shares.sum(axis=1)
    assert (np.isclose(total, 1.0) | np.isclose(total, 0.0)).all() and (
        state.referrals.shares >= 0
    ).all()
    for figure in (economy.care.emergencies, economy.care.tests, state.residents.structure.need):
        assert np.isfinite(figure).all() and (figure >= 0).all()


def assert_routes_sound(economy):
    known = economy.setup.geography.candidate >= 0
    edge = economy.setup.journeys.edge == 1
    loss = economy.state.referrals.routes.route["loss"][known][:, edge]
    assert (loss > 0).all() and (loss <= 1).all()
    provision = economy.state.provision
    teams = provision.practice_body.size + provision.employer.size
    assert economy.state.referrals.routes.route["team"][known].max() < teams
    for strength in (provision.network_link, provision.network_record, provision.prime_link):
        assert ((strength >= 0) & (strength <= 1)).all()


def assert_measures_sound(economy):
    market = market_of(economy.setup, economy.state)
    for measure in (market.hhi, market.hhi_sites, market.few_alternatives, market.practice_hhi):
        assert ((measure > 0) | np.isclose(measure, 0)).all() and (measure <= 1 + 1e-9).all()
    score = scoreboard(
        economy.setup.place, economy.setup.list_sizes, economy.state, economy.record, 1, 2
    )
    never = {name for name, value in score.items() if not np.isfinite(value)}
    assert never <= {f"emergency_odds_{k}" for k in range(1, 5)}


@settings(
    deadline=None, max_examples=6, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(policies(), st.sampled_from(["reasoned", "random", "greedy"]))
def test_any_policy_leaves_the_world_sound(live_policy, policy, mind):
    economy = live_policy(policy, MONTHS, mind)
    assert_sound(economy)
    assert_routes_sound(economy)
    assert_measures_sound(economy)


@pytest.mark.slow
@settings(deadline=None, max_examples=100, suppress_health_check=list(HealthCheck))
@given(policies(), st.sampled_from(["reasoned", "random", "greedy"]))
def test_many_policies_leave_the_world_sound(live_policy, policy, mind):
    economy = live_policy(policy, 2 * MONTHS, mind)
    assert_sound(economy)
    assert_routes_sound(economy)
    assert_measures_sound(economy)


@pytest.mark.parametrize("mind", ["random", "greedy"])
def test_five_years_of_any_mind_leave_the_world_sound(live_policy, mind):
    sound_after(live_policy, 60, mind)


@pytest.mark.slow
@pytest.mark.parametrize("mind", ["random", "greedy"])
def test_ten_years_of_any_mind_leave_the_world_sound(live_policy, mind):
    sound_after(live_policy, 120, mind)


def sound_after(live_policy, months, mind):
    economy = live_policy("carveouts_three+population_ico+merger_only", months, mind)
    assert_sound(economy)
    assert_routes_sound(economy)
    assert_measures_sound(economy)
