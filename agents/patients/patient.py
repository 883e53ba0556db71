"""A patient as a Mesa agent: a view of one row of the patients' table.

Attributes are descriptors over the row (`patient.conditions`), so a change shows in the columns
that the compiled kernel works on, and the other way round. `Patient.step` lives one month by the
same rule as the kernel.
"""

from typing import Any

import mesa
import numpy as np

from agents.patients.patient_tables import PERSON, Tally, World
from agents.patients.rules import live_month

FIELDS: tuple[str, ...] = PERSON.names or ()


class PersonField:
    """One field of a patient's row, as a plain Python value."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, patient: "Patient | None", owner: type) -> Any:
        if patient is None:
            return self
        value = patient.people[self.name][patient.row]
        return value.copy() if isinstance(value, np.ndarray) else value.item()

    def __set__(self, patient: "Patient", value: Any) -> None:
        patient.people[self.name][patient.row] = value


class Patient(mesa.Agent):
    """One person. `row` is the position in the patients' table of the model."""

    current_action = None

    def __init__(self, model: mesa.Model, people: np.ndarray, row: int):
        self.people, self.row = people, row
        super().__init__(model)

    def __setattr__(self, name: str, value: Any) -> None:
        if name not in FIELDS and name not in OTHER_ATTRIBUTES:
            raise AttributeError(f"a patient has no attribute {name!r}")
        object.__setattr__(self, name, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Patient) and other.people is self.people and other.row == self.row

    def __hash__(self) -> int:
        return hash((id(self.people), self.row))

    def age_years(self, month: int) -> int:
        """Age in whole years in a month of the run."""
        born: int = self.born
        return (month - born) // 12

    def step(self) -> None:
        """Live the current month of the model this patient is registered in."""
        economy: Any = self.model
        self.live(economy.world, economy.tally, economy.seed, economy.state.month)

    def live(self, world: World, tally: Tally, seed: int, month: int) -> None:
        """Live one month in a world: the rule that the kernel applies to every row."""
        live_month(self.people[self.row], world, tally, np.uint64(seed), month)


for _field in FIELDS:
    _column = PersonField()
    _column.__set_name__(Patient, _field)
    setattr(Patient, _field, _column)
OTHER_ATTRIBUTES = {"model", "unique_id", "pos", "people", "row"}
