"""What the terms of a capitated contract do with a result, and with the spread of costs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from model.parameters import load_parameters
from model.policies.gain_sharing import (
    expected_parts,
    kept_part,
    limited_deviation,
    losing_spread,
    loss_share,
    member_share,
    owner_share,
    party_shares,
    patient_spread,
    standing_of,
)
from model.policies.policy import PopulationContract

VALUE = load_parameters()
leads = st.sampled_from(["practices", "community", "acute", "outside"])
partners = st.sets(st.sampled_from(["acute", "community"])).map(tuple)


@given(leads, partners)
def test_parties_share_what_is_paid_out_and_the_leader_owns_the_rest(lead, partners):
    terms = PopulationContract(lead=lead, partners=partners)
    shares = party_shares(VALUE, terms, lead, {})
    assert sum(shares.values()) == pytest.approx(VALUE["minds.member_gain_share"])
    assert set(shares) == {"practices", lead, *partners}
    others = sum(share for party, share in shares.items() if party != lead)
    assert owner_share(VALUE, terms, lead, {}) + others == pytest.approx(1.0)


@given(
    st.floats(-0.05, 0.05), st.floats(1e-4, 0.05), st.floats(0.0, 1.0), st.floats(0.0, 1.0),
    st.sampled_from([0.005, 0.02, 0.1, 1.0]), st.sampled_from([0.005, 0.02, 0.1, 1.0]),
)  # fmt: skip
def test_what_is_expected_of_a_result_is_the_mean_over_its_luck(
    mean, deviation, up, down, corridor, floor
):
    terms = PopulationContract(risk_up=up, risk_down=down, corridor=corridor, floor=floor)
    draw = ndtri((np.arange(4_000) + 0.5) / 4_000)
    kept = np.array([kept_part(mean + deviation * z, 1.0, terms) for z in draw])
    gain, loss = expected_parts(mean, deviation, 1.0, terms)
    assert gain == pytest.approx(np.maximum(kept, 0.0).mean(), abs=2e-5)
    assert loss == pytest.approx(np.maximum(-kept, 0.0).mean(), abs=2e-5)
    sure = expected_parts(mean, 0.0, 1.0, terms)
    assert sure[0] - sure[1] == kept_part(mean, 1.0, terms)


def test_members_who_lead_and_cover_deficits_bear_all_of_a_loss():
    for lead, deficits, whole in (
        ("practices", "leader", True), ("practices", "carried", False), ("acute", "leader", False),
    ):  # fmt: skip
        terms = PopulationContract(lead=lead, deficits=deficits)
        share = loss_share(VALUE, terms, lead, {})
        assert share == (1.0 if whole else member_share(VALUE, terms, lead, {}))


def test_members_get_less_where_somebody_else_leads():
    alone = member_share(VALUE, PopulationContract(), "practices", {})
    assert alone == VALUE["minds.member_gain_share"]
    led = [member_share(VALUE, PopulationContract(), x, {}) for x in ("community", "acute")]
    assert alone > led[0] > led[1] > 0.0


def test_power_of_leading_is_worth_having():
    values = dict(VALUE) | {"integrated.power_of_leading": 1.0}
    assert (
        party_shares(values, PopulationContract(), "acute", {})["acute"]
        < (party_shares(VALUE, PopulationContract(), "acute", {})["acute"])
    )


@given(
    st.floats(-1e6, 1e6), st.floats(0.0, 1.0), st.floats(0.0, 1.0),
    st.floats(0.01, 0.99), st.floats(0.01, 0.99),
)  # fmt: skip
def test_no_more_is_kept_than_the_corridor_and_the_floor_allow(result, up, down, corridor, floor):
    terms = PopulationContract(risk_up=up, risk_down=down, corridor=corridor, floor=floor)
    kept = kept_part(result, 1e6, terms)
    assert abs(kept) <= abs(result) and kept * result >= 0.0
    assert -down * min(corridor, floor) * 1e6 - 1e-6 <= kept <= up * corridor * 1e6 + 1e-6


def test_results_are_shared_from_the_first_pound_without_a_corridor():
    terms = PopulationContract(risk_up=0.5, risk_down=0.25)
    assert kept_part(900.0, 1_000.0, terms) == 450.0
    assert kept_part(-900.0, 1_000.0, terms) == -225.0
    floored = PopulationContract(floor=0.1)
    assert kept_part(-900.0, 1_000.0, floored) == -100.0
    assert kept_part(900.0, 1_000.0, floored) == 900.0


def test_a_stop_loss_takes_spread_away_as_of_log_normal_costs():
    s2 = np.log1p(9.0)
    costs = np.random.default_rng(1).lognormal(np.log(800) - s2 / 2, np.sqrt(s2), 2_000_000)
    for limit in (20_000, 60_000):
        seen = np.minimum(costs, limit).std()
        assert limited_deviation(800, 3.0, limit) == pytest.approx(seen, rel=0.02)
    assert limited_deviation(800, 3.0, 1e9) == pytest.approx(2_400, rel=1e-3)


def test_the_usual_stop_loss_is_what_the_spread_is_given_for():
    usual = PopulationContract(stop_loss_pounds=VALUE["integrated.usual_stop_loss_pounds"])
    none = PopulationContract()
    assert patient_spread(VALUE, usual) == patient_spread(VALUE, none) == 2_500
    tight = PopulationContract(stop_loss_pounds=10_000)
    assert patient_spread(VALUE, tight) < 0.8 * patient_spread(VALUE, none)


def test_limited_losses_spread_less():
    losses = np.maximum(np.random.default_rng(2).normal(0.0, 3.0, 1_000_000), 0.0)
    for limit in (1.0, 4.0):
        seen = np.sqrt(2.0 * (np.minimum(losses, limit) ** 2).mean())
        assert losing_spread(3.0, limit) == pytest.approx(seen, rel=0.01)
    assert losing_spread(3.0, np.inf) == 3.0 and losing_spread(0.0, 1.0) == 0.0


def test_who_can_do_without_the_others_gets_more():
    usual = VALUE["integrated.usual_hospital_share"]
    assert standing_of(VALUE, usual, 1) == {"acute": 1.0, "practices": 1.0}
    terms = PopulationContract()
    shares = [
        party_shares(VALUE, terms, "acute", standing_of(VALUE, share, n))
        for share, n in ((usual, 1), (0.95, 1), (0.3, 1), (usual, 2))
    ]
    acute = [share["acute"] for share in shares]
    assert acute[1] > acute[0] > acute[2] and acute[0] > acute[3]
    assert all(sum(s.values()) == pytest.approx(sum(shares[0].values())) for s in shares)
    off = VALUE.with_values({"integrated.power_of_dependence": 0.0})
    assert standing_of(off, 0.95, 3) == {"acute": 1.0, "practices": 1.0}
