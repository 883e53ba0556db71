"""Whether a patient keeps seeing the same clinician, team, body and contract.

A patient's last eight contacts lie in rings: `clinician[n, 8]`, `team[n, 8]`, with `filled[n]` the
number of contacts held (0-8) and `newest[n]` the position of the last, so that the contact before
it by j lies at (newest - j) mod 8. Bodies and contracts are looked up from the team, so a merger
changes continuity with the body and never with the team. Measures over bodies and contracts
describe; team and clinician are what a patient meets.

Sums are whole numbers (2^20 to the unit): they are the same for any number of threads.
"""

import numpy as np
from numpy.typing import NDArray

from agents.compiled import compiled, inlined

CONTACTS_KEPT = 8
FEWEST_CONTACTS = 2  # UPC, COC and SECON say nothing about a single contact
FIXED_POINT = 2**20

LABELS = ("clinician", "team", "body", "contract")
MEASURES = ("upc", "coc", "secon", "distinct")
PATIENTS_SEEN = 0  # patients with at least one contact: who `distinct` is a mean over
PATIENTS_COMPARED = 1  # patients with at least two: who UPC, COC and SECON are means over
FIRST_SUM = 2
COLUMNS = (
    "patients_seen",
    "patients_compared",
    *(f"{measure}_{label}" for label in LABELS for measure in MEASURES),
)


@compiled
def continuity_of(labels, filled):
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


@inlined
def fixed(value):
    """A measure as a whole number of 2^-20."""
    return np.int64(value * FIXED_POINT + 0.5)


@compiled
def add_continuity(labels, filled, sums):
    """Add one patient's UPC, COC, SECON and distinct labels to `sums[4]` (int64, fixed point)."""
    upc, coc, secon, distinct = continuity_of(labels, filled)
    if filled >= FEWEST_CONTACTS:
        sums[0] += fixed(upc)
        sums[1] += fixed(coc)
        sums[2] += fixed(secon)
    sums[3] += fixed(distinct)


@compiled
def read_contacts(row, clinician, team, filled, newest, body_of_team, contract_of_team, labels):
    """Write a patient's contacts, the newest first, to `labels[4, 8]`, one row a kind of label."""
    for j in range(filled[row]):
        position = (newest[row] - j) & (CONTACTS_KEPT - 1)  # mod 8: eight is a power of two
        seen = team[row, position]
        labels[0, j] = clinician[row, position]
        labels[1, j] = seen
        labels[2, j] = body_of_team[seen]
        labels[3, j] = contract_of_team[seen]


@compiled
def tally_continuity(
    start,
    stop,
    clinician,
    team,
    filled,
    newest,
    body_of_team,
    contract_of_team,
    group,
    out,
):
    """Add the continuity of patients `start` to `stop` to their group's row of `out`.

    `clinician[n, 8]`, `team[n, 8]`, `filled[n]`, `newest[n]` are the rings; `body_of_team[n_teams]`
    and `contract_of_team[n_teams]` the lookups, all whole numbers. `group[n]` (area, pathway,
    number of conditions...) below 0 leaves a patient out, as does having had no contact.
    `out[n_groups, 18]` (int64, columns `COLUMNS`) belongs to one thread; those of several threads
    are added in any order.
    """
    labels = np.empty((len(LABELS), CONTACTS_KEPT), dtype=np.int64)
    for row in range(start, stop):
        if group[row] < 0 or filled[row] == 0:
            continue
        n = np.int64(filled[row])
        tally = out[group[row]]
        tally[PATIENTS_SEEN] += 1
        tally[PATIENTS_COMPARED] += n >= FEWEST_CONTACTS
        read_contacts(row, clinician, team, filled, newest, body_of_team, contract_of_team, labels)
        for kind in range(len(LABELS)):
            add_continuity(labels[kind], n, tally[FIRST_SUM + kind * len(MEASURES) :])


def empty_tally(n_groups: int) -> NDArray[np.int64]:
    """Zeros in the shape that `tally_continuity` adds to."""
    return np.zeros((n_groups, len(COLUMNS)), dtype=np.int64)


def continuity_means(tally: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """Means over patients by group, each [n_groups], from `upc_clinician` to `distinct_contract`.

    UPC, COC and SECON over patients with at least two contacts, distinct labels over those with at
    least one; NaN for a group without such patients.
    """
    means = {}
    for column, name in enumerate(COLUMNS[FIRST_SUM:], start=FIRST_SUM):
        over = PATIENTS_SEEN if name.startswith("distinct") else PATIENTS_COMPARED
        patients = np.where(tally[:, over] > 0, tally[:, over], np.nan)
        means[name] = tally[:, column] / FIXED_POINT / patients
    return means
