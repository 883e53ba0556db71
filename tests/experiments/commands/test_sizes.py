"""One size for every command: what is simulated where nothing is asked for."""

import inspect

import pytest

from experiments.calibration.calibration import SHIPPED, read_problem
from experiments.commands import command_options
from experiments.commands.cli import exit_code
from experiments.commands.command_options import REPLICATES_QUICK, YEARS_QUICK
from experiments.runs.one_run import outcomes_of
from experiments.runs.options import Options
from experiments.studies.study import Study
from model.sizes import PATIENTS, PATIENTS_QUICK
from viz.server.page_requests import PageRequest

LINES = {
    "run": ["run", "status_quo"],
    "compare": ["compare"],
    "person": ["person", "carveout_msk"],
    "response": ["response", "minds.noise"],
    "ablate": ["ablate", "carveout_msk"],
    "validate": ["validate"],
    "describe": ["place", "describe", "anyshire", "--check"],
    "watch": ["watch"],
}


class Asked(Exception):
    """The options that a command was about to use."""


@pytest.fixture
def asked_by(monkeypatch):
    """The options of a command line, without anything being lived."""
    real = command_options.checked_options

    def stop(**given):
        raise Asked(real(**given))

    def asked(line):
        found = []
        monkeypatch.setattr(command_options, "checked_options", stop)
        fault = "experiments.commands.cli._own_fault"
        monkeypatch.setattr(fault, lambda error: found.extend(error.args))
        exit_code(line)
        return found[0]

    return asked


@pytest.mark.parametrize("command", LINES)
def test_every_command_simulates_as_many_patients(command, asked_by):
    found = asked_by(LINES[command])
    assert found.patients is None and found.patients_by_default == PATIENTS


@pytest.mark.parametrize("command", ["run", "compare", "person", "response", "ablate", "validate"])
def test_a_first_look_is_as_quick_in_every_command(command, asked_by):
    found = asked_by([*LINES[command], "--quick"])
    assert found.patients_by_default == PATIENTS_QUICK and found.years == YEARS_QUICK


def test_studies_pages_and_functions_simulate_as_many():
    assert Options().patients_by_default == PATIENTS
    assert Study(title="Made", policies=("status_quo",)).patients == PATIENTS
    assert PageRequest().patients == PATIENTS
    assert inspect.signature(outcomes_of).parameters["patients"].default == PATIENTS
    assert REPLICATES_QUICK == 4


def test_a_calibration_declares_its_size_where_it_declares_its_sets():
    shipped = read_problem(SHIPPED)
    assert shipped.patients < PATIENTS and shipped.quick().patients == shipped.patients
