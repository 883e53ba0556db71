"""Regimes do not depend on how many patients are simulated: everybody, or one in 3, 10 and 30.

Everyone decides freely at every size. How many patients a verdict needs is told, too.
"""

from collections import defaultdict

import numpy as np
import pytest

from experiments.effects.by_size import POLICIES, RATIOS, STATUS_QUO, verdicts
from model.outcomes.regimes import REGIMES
from model.places.place_finding import find_place

YEARS = 5  # teams begin after one, links take one
POINTS = 0.02
FEW = (10, 30)  # everybody, and one in three, are lived behind `slow`
TOO_FEW = (750, 1_500)  # one in so many of 150,000: 200 and 100 patients


def verdicts_of(seeds, ratios):
    """Verdicts by size and policy, for every seed, in remote country."""
    place, found = find_place("lakeland", None), defaultdict(list)
    for seed in seeds:
        for key, one in verdicts(place, seed, YEARS, ratios=ratios).items():
            found[key].append(one)
    return found


@pytest.fixture(scope="module")
def by_size():
    return verdicts_of((0,), FEW)


@pytest.fixture(scope="module")
def by_every_size():
    return verdicts_of(range(4), RATIOS)


@pytest.fixture(scope="module")
def too_small():
    place, policies = find_place("lakeland", None), (STATUS_QUO, "carveouts_three")
    return verdicts(place, 0, YEARS, policies, TOO_FEW)


def mean_shares(found):
    assert not any(one.reason for one in found)
    return {name: sum(one.shares[name] for one in found) / len(found) for name in REGIMES}


def agree(found, ratios, policy):
    first = mean_shares(found[ratios[0], policy])
    for ratio in ratios[1:]:
        assert mean_shares(found[ratio, policy]) == pytest.approx(first, abs=POINTS), ratio


@pytest.mark.parametrize("policy", POLICIES)
def test_shares_of_regimes_agree_between_sizes(by_size, policy):
    agree(by_size, FEW, policy)


@pytest.mark.slow
@pytest.mark.parametrize("policy", POLICIES)
def test_shares_of_regimes_agree_between_everybody_and_samples(by_every_size, policy):
    agree(by_every_size, RATIOS, policy)


@pytest.mark.parametrize("policy", POLICIES)
def test_the_interval_of_a_share_holds_that_of_another_size(by_size, policy):
    for one, other in zip(*(by_size[ratio, policy] for ratio in FEW), strict=True):
        for name in REGIMES:
            wide = 2.0 * np.hypot(one.errors[name], other.errors[name])
            assert abs(one.shares[name] - other.shares[name]) <= wide + 1e-9, name


def test_several_regimes_occur_so_that_there_is_something_to_agree_on(by_size):
    mixed = [
        p for p in POLICIES if sum(s > 0.05 for s in mean_shares(by_size[FEW[0], p]).values()) > 1
    ]
    assert len(mixed) >= 2


@pytest.mark.parametrize("ratio", FEW)
def test_the_status_quo_is_its_own_regime_throughout(by_size, ratio):
    for one in by_size[ratio, STATUS_QUO]:
        assert set(one.yearly.ravel()) <= {REGIMES.index("plural"), REGIMES.index("local_monopoly")}


@pytest.mark.parametrize("ratio", FEW)
def test_joint_teams_make_a_monopoly_that_is_joined_up(by_size, ratio):
    shares = mean_shares(by_size[ratio, "teams_only"])
    assert shares["monopoly_and_joined_up"] > 0.9


@pytest.mark.parametrize("ratio", TOO_FEW)
def test_so_few_patients_support_no_verdict(too_small, ratio):
    for policy in (STATUS_QUO, "carveouts_three"):
        one = too_small[ratio, policy]
        assert one.shares is None and one.errors is None and not one.sensitivity
        assert f"{150_000 // ratio} patients" in one.reason and "--patients" in one.reason
