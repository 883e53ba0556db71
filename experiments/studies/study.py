"""A study: which runs to make, written down in a small TOML file and checked before anything runs.

Levers are what somebody could choose; every combination of their values is run. Uncertain
parameters are what nobody knows; a design (`experiments/studies/designs.py`) draws sets of them.
Each set is lived under every policy, in every place, by the same seeds.
"""

from pathlib import Path
from typing import Annotated, Literal

import pydantic

from experiments.runs.options import (
    LARGEST_SEED,
    LONGEST_YEARS,
    MINDS,
    MOST_REPLICATES,
    REPLICATES,
    YEARS,
)
from model.places.named_places import place_meant
from model.sizes import PATIENTS

FOLDER = Path(__file__).parent
TEMPLATE = FOLDER / "template.txt"
MOST_POINTS = 1_000_000
NOT_WRITTEN = {"text", "folder"}  # fields of a study that its file does not hold
Number = Annotated[float, pydantic.Field(strict=True, allow_inf_nan=False)]
Text = Annotated[str, pydantic.StringConstraints(min_length=1, pattern=r"\S")]
Methods = Literal["list", "grid", "latin_hypercube", "sobol", "one_at_a_time", "calibrated"]


class Written(pydantic.BaseModel):
    """Something written in a study: fixed, typed, and without room for misspelt fields."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)


class Range(Written):
    """Where an uncertain parameter may lie: from `low` to `high`, alike likely."""

    low: Number
    high: Number


class Values(Written):
    """The values an uncertain parameter may take, alike likely."""

    values: tuple[Number, ...] = pydantic.Field(min_length=1)


class Design(Written):
    """How sets of the uncertain parameters are drawn.

    points: sets of a latin_hypercube or sobol design; values of each range in a grid. seed: of the
    draw of a latin_hypercube or sobol design. sets: the sets of a list design. ensemble: the file
    of a calibrated design, from the study's own folder; without it `calibrated.toml` here.
    """

    method: Methods = "list"
    points: int | None = pydantic.Field(default=None, ge=1, le=MOST_POINTS, strict=True)
    seed: int = pydantic.Field(default=0, ge=0, le=LARGEST_SEED, strict=True)
    sets: tuple[dict[str, Number], ...] = ()
    ensemble: Text | None = None


class Study(Written):
    """Everything a study asks for; `text` is the file as it was written, `folder` where it lies."""

    title: Text
    policies: tuple[Text, ...] = pydantic.Field(min_length=1)
    places: tuple[Text, ...] = pydantic.Field(default=("anyshire",), min_length=1)
    patients: Annotated[int, pydantic.Field(strict=True, ge=1)] | Literal["all"] = PATIENTS
    years: int = pydantic.Field(default=YEARS, ge=1, le=LONGEST_YEARS, strict=True)
    replicates: int = pydantic.Field(default=REPLICATES, ge=1, le=MOST_REPLICATES, strict=True)
    seed: int = pydantic.Field(default=0, ge=0, le=LARGEST_SEED, strict=True)
    minds: tuple[Literal[MINDS], ...] = pydantic.Field(default=("reasoned",), min_length=1)  # type: ignore[valid-type]
    decisions: tuple[Literal["free", "replayed"], ...] = ("free",)
    against: Text = "status_quo"
    outcomes: tuple[Text, ...] = ()
    levers: dict[str, Number | tuple[Number, ...]] = {}
    uncertain: dict[str, Range | Values | Literal["range"]] = {}
    design: Design = Design()
    text: str = ""
    folder: Path = Path()  # where the file lies, from which its paths are taken

    def place_of(self, name: str) -> str:
        """The name of a place, or the path to a folder that lies beside the study."""
        return place_meant(name, self.folder)
