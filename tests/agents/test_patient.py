"""A patient as an agent of Mesa: a view of one row, which lives by the rule of the kernel."""

import numpy as np
import pytest

from agents.patients.patient import Patient
from agents.patients.patient_tables import CONSULTATIONS
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy


@pytest.fixture
def economy(shire, after_burn_in):
    found = HealthEconomy(shire, find_policy("status_quo"), 1, state=after_burn_in.copy()).run(1)
    found.register_patients()
    return found


def test_every_patient_is_an_agent_of_mesa_over_its_own_row(economy):
    patients, people = economy.agents_by_type[Patient], economy.state.residents.people
    assert len(patients) == people.size > 100
    assert sorted(one.row for one in patients) == list(range(people.size))
    one = next(iter(patients))
    one.lost_handovers = 7
    assert people["lost_handovers"][one.row] == 7 == one.lost_handovers
    with pytest.raises(AttributeError, match="no attribute 'lost_handover'"):
        one.lost_handover = 1


def test_its_step_is_the_month_of_the_kernel(economy):
    """What is counted of all who step is what is counted of all rows in the same month."""
    before = economy.tally.areas["counts"][:, CONSULTATIONS].sum()
    economy.agents_by_type[Patient].do("step")
    seen = economy.tally.areas["counts"][:, CONSULTATIONS].sum() - before
    usual = economy.state.residents.people["consult_rate"].astype(np.float64).sum()
    assert abs(seen - usual) < 6.0 * np.sqrt(usual)
