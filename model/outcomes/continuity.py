"""Whether a patient keeps seeing the same clinician, team, body and contract.

A patient's last eight contacts lie in rings `labels[n, 8]`, with `filled[n]` the number of contacts
held (0-8) and `newest[n]` the position of the last, so that the contact before it by j lies at
(newest - j) mod 8. Measures over bodies and contracts describe; team and clinician are what a
patient meets, and a merger changes continuity with the body and never with the team.

Sums are whole numbers (2^20 to the unit): they are the same for any number of threads.
"""

import numpy as np
from numpy.typing import NDArray

from agents.numerics.compiled import compiled
from agents.numerics.rule_types import Whole

CONTACTS_KEPT = 8
FEWEST_CONTACTS = 2  # UPC, COC and SECON say nothing about a single contact
FIXED_POINT = 2**20

MEASURES = ("upc", "coc", "secon", "distinct")
PATIENTS_SEEN = 0  # patients with at least one contact: who `distinct` is a mean over
PATIENTS_COMPARED = 1  # patients with at least two: who UPC, COC and SECON are means over
FIRST_SUM = 2
COLUMNS = ("patients_seen", "patients_compared", *MEASURES)


@compiled
def continuity_of(labels: np.ndarray, filled: Whole) -> tuple[float, float, float, float]:
    """Continuity of one patient over the first `filled` labels, in order of time either way.

    With n contacts, n_i of them with label i, returns four floats:
    - usual provider continuity UPC = max n_i / n, in (0, 1] (Breslau & Reeb, Journal of Medical
      Education 1975);
    - Bice-Boxerman COC = (sum n_i^2 - n) / (n (n - 1)), 0-1 (Bice & Boxerman, Medical Care 1977);
    - SECON, the share of successive pairs with one label, 0-1 (Steinwachs, Medical Care 1979);
    - the number of distinct labels, 0-8.
    The first three are NaN below two contacts. 1 - COC is the index of fragmented care (Frandsen,
    Joynt, Rebitzer & Jha, American Journal of Managed Care 2015).
    """
    most: Whole
    repeats: Whole
    equal_pairs, most, distinct, repeats = 0, 0, 0, 0
    for i in range(filled):
        later = 0
        for j in range(i + 1, filled):
            later += labels[i] == labels[j]
        equal_pairs += later
        most = max(most, later + 1)  # complete at the first contact with a label
        distinct += later == 0  # counted at the last contact with a label
        repeats += i + 1 < filled and labels[i] == labels[i + 1]
    if filled < FEWEST_CONTACTS:
        return np.nan, np.nan, np.nan, float(distinct)
    # sum n_i^2 = n + 2 equal pairs
    coc = 2.0 * equal_pairs / (filled * (filled - 1.0))
    return most / filled, coc, repeats / (filled - 1.0), float(distinct)


@compiled
def tally_continuity(
    labels: np.ndarray, filled: np.ndarray, newest: np.ndarray, group: np.ndarray, out: np.ndarray
) -> None:
    """Add the continuity of all patients to their group's row of `out`.

    `labels[n, 8]` (clinicians, teams, bodies or contracts, whole numbers), `filled[n]` and
    `newest[n]` are rings. `group[n]` (area, number of conditions...) below 0 leaves a patient out,
    as does having had no contact. `out[n_groups, 6]` (int64, columns `COLUMNS`) is in fixed point.
    """
    ordered = np.empty(CONTACTS_KEPT, dtype=np.int64)
    for row in range(filled.size):
        n = np.int64(filled[row])
        if group[row] < 0 or n == 0:
            continue
        for j in range(n):  # mod 8: eight is a power of two
            ordered[j] = labels[row, (newest[row] - j) & (CONTACTS_KEPT - 1)]
        measures, tally = continuity_of(ordered, n), out[group[row]]
        tally[PATIENTS_SEEN] += 1
        if n >= FEWEST_CONTACTS:
            tally[PATIENTS_COMPARED] += 1
            for k in range(3):
                tally[FIRST_SUM + k] += np.int64(measures[k] * FIXED_POINT + 0.5)
        tally[FIRST_SUM + 3] += np.int64(measures[3] * FIXED_POINT)


def empty_tally(n_groups: int) -> NDArray[np.int64]:
    """Zeros in the shape that `tally_continuity` adds to."""
    return np.zeros((n_groups, len(COLUMNS)), dtype=np.int64)


def continuity_means(tally: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Means over patients by group, each [n_groups], of `MEASURES`.

    UPC, COC and SECON over patients with at least two contacts, distinct labels over those with at
    least one; NaN for a group without such patients.
    """
    means = {}
    for column, name in enumerate(COLUMNS[FIRST_SUM:], start=FIRST_SUM):
        over = PATIENTS_SEEN if name == "distinct" else PATIENTS_COMPARED
        patients = np.where(tally[:, over] > 0, tally[:, over], np.nan)
        means[name] = tally[:, column] / FIXED_POINT / patients
    return means
