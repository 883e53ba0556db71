"""How many operations a readmission follows, by the quality of the trust that operates."""

import numpy as np

from model.parameters import Parameters
from model.state.hospitals import Hospitals
from model.state.provision import Provision


def readmission_shares(
    value: Parameters, provision: Provision, hospitals: Hospitals, step: float = 0.0
) -> np.ndarray:
    """Return the share of operations that a readmission follows at each site [sites].

    With `step` steps more than the quality that sites have.
    """
    quality = hospitals.site_quality(provision) + value["options.quality_step"] * step
    better = (1.0 + value["quality.readmissions_per_sd"]) ** quality
    shares: np.ndarray = value["quality.readmission_share"] * better
    return shares
