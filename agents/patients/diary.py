"""What the rule of a patient writes down, if it is given room to.

Notes are written in the order in which things happen, so a handover belongs to the step or to the
telling before it. A tally without room for notes costs the rule next to nothing.
"""

import numpy as np

from agents.numerics.compiled import lean
from agents.numerics.rule_types import Row, Whole
from agents.patients.patient_tables import Tally

# What a note is about. `many`, `chance` and `luck` mean something else for each. Numbers of one
# type, not literals, of which each would be compiled apart.
KINDS_OF_NOTE = np.arange(13, dtype=np.int64)
(
    CONSULTED,  # many: the practitioner, 0 the usual one, or NOBODY for a nurse
    REFERRED,  # many: 1 = put on the list for an operation
    OPERATED,  # many: 1 = a day case
    ENTERED,  # an episode begins; many: its kind
    PASSED,  # a step of the episode, at a candidate site
    TOLD,  # the team of another condition has to know; many: its pathway
    HANDED_OVER,  # step: number of its draw; many: boundary; base: share in which it is needed
    HARMED,  # by the handover before it; chance: factor on the hazard; many: last month of it
    RISKED,  # chance of an admission, its parts, the draw; step: stratum; many: 1 = case manager
    ADMITTED,  # many: days in hospital; chance: share that care could have prevented
    ATTENDED,  # an emergency department, without admission
    LEFT,  # many: 1 = died, 0 = moved away
    VISITED,  # a contact with the community team of a programme
) = KINDS_OF_NOTE
NONE = np.int64(-1)
ZERO = np.int64(0)


@lean
def note(
    person: Row,
    tally: Tally,
    what: Whole,
    pathway: Whole,
    step: Whole,
    candidate: Whole,
    many: Whole,
    chance: float,
    draw: float,
) -> None:
    """Write down what happens to a person, if there is room; when it is used, only count."""
    if tally.notes.size == 0:
        return
    k = tally.noted[0].written
    tally.noted[0].written = k + 1
    if k < tally.notes.size:
        row = tally.notes[k]
        row.slot, row.what, row.pathway, row.step = person.slot, what, pathway, step
        row.candidate, row.many, row.chance, row.draw = candidate, many, chance, draw
        row.base, row.care, row.harm, row.anchor, row.after = 1.0, 1.0, 1.0, 1.0, 0.0
        row.found = 0.0


@lean
def write_parts(
    tally: Tally,
    base: float,
    care: float,
    harm: float,
    anchor: float,
    after: float,
    found: float,
) -> None:
    """The parts of the chance of the last note: base x care x harm / anchor + after + found."""
    k = tally.noted[0].written - 1
    if 0 <= k < tally.notes.size:
        row = tally.notes[k]
        row.base, row.care, row.harm, row.anchor, row.after = base, care, harm, anchor, after
        row.found = found
