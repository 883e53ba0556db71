"""Regimes do not depend on how many patients are simulated: everybody, or one in 3, 10 and 30."""

from collections import defaultdict

import pytest

from experiments.by_size import POLICIES, RATIOS, STATUS_QUO, verdicts
from model.outcomes.regimes import REGIMES
from model.place import find_place

SEEDS, YEARS = (0, 1), 5  # teams begin after one, links take one
POINTS = 0.02


@pytest.fixture(scope="module")
def by_size():
    """Verdicts by size and policy, for every seed, in remote country."""
    place, found = find_place("lakeland", None), defaultdict(list)
    for seed in SEEDS:
        for key, one in verdicts(place, seed, YEARS, replay=True).items():
            found[key].append(one)
    return found


def mean_shares(found):
    assert not any(one.reason for one in found)
    return {name: sum(one.shares[name] for one in found) / len(found) for name in REGIMES}


@pytest.mark.parametrize("policy", POLICIES)
def test_shares_of_regimes_agree_between_sizes(by_size, policy):
    everybody = mean_shares(by_size[1, policy])
    for ratio in RATIOS[1:]:
        assert mean_shares(by_size[ratio, policy]) == pytest.approx(everybody, abs=POINTS), ratio


def test_several_regimes_occur_so_that_there_is_something_to_agree_on(by_size):
    mixed = [p for p in POLICIES if sum(s > 0.05 for s in mean_shares(by_size[1, p]).values()) > 1]
    assert len(mixed) >= 2


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_status_quo_is_its_own_regime_throughout(by_size, ratio):
    for one in by_size[ratio, STATUS_QUO]:
        assert set(one.yearly.ravel()) <= {REGIMES.index("plural"), REGIMES.index("local_monopoly")}


@pytest.mark.parametrize("ratio", RATIOS)
def test_joint_teams_make_a_monopoly_that_is_joined_up(by_size, ratio):
    shares = mean_shares(by_size[ratio, "teams_only"])
    assert shares["monopoly_and_joined_up"] > 0.9
