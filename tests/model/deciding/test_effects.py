"""Effects of decisions: each takes the slices that it declares; those asked for are declared."""

import inspect
import re
import subprocess
import sys
from operator import attrgetter
from pathlib import Path

import pytest

from model.deciding.effects import EFFECTS, effect
from model.month.economy import HealthEconomy
from model.policies.policy_finding import find_policy

MODEL = Path(__file__).parents[3] / "model"
#: Names of parameters where they are not the slice's own.
NAMES = {"setup.parameters": "value"}
LIST = "import model.month.economy; from model.deciding.effects import EFFECTS; print(*EFFECTS)"


def sources():
    """The text of all of the model."""
    return "".join(path.read_text() for path in MODEL.rglob("*.py"))


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_an_effect_takes_the_slices_that_it_declares(name, shire, after_burn_in):
    economy = HealthEconomy(shire, find_policy("status_quo"), state=after_burn_in.copy())
    change, slices, _ = EFFECTS[name]
    parameters = list(inspect.signature(change).parameters)
    own = [NAMES.get(one, one.rpartition(".")[2]) for one in slices]
    assert parameters[: len(own)] == own
    for one in slices:
        attrgetter(one)(economy)


def test_every_effect_that_is_scheduled_is_declared():
    asked = set(re.findall(r'\bschedule_effect\([^"()]*"(\w+)"', sources()))
    assert len(asked) > 15 and asked <= EFFECTS.keys()


def test_an_economy_knows_every_effect():
    found = subprocess.run([sys.executable, "-c", LIST], capture_output=True, check=True, text=True)
    assert set(found.stdout.split()) == set(re.findall(r'@effect\(\s*"(\w+)"', sources()))


def test_a_name_is_declared_once():
    with pytest.raises(AssertionError, match="access"):
        effect("access", touches=lambda place: ())(lambda: None)
