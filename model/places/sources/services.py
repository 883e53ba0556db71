"""The status-quo contract matrix: who serves which step of a pathway for whom, and how it is paid.

Contracts per commissioner and their split over settings are parameters (geography.toml). Every
pathway has general practice, acute and ambulance rows, since any crisis may use them.
"""

from typing import Any

import numpy as np
import pandas as pd

from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.columns import SETTINGS
from model.places.homes_and_flows import whole_numbers

PAYMENT = dict.fromkeys(SETTINGS, "block") | {"acute": "tariff", "general_practice": "global_sum"}
EVERYWHERE = ["general_practice", "acute", "ambulance"]


def contract_counts(pathway: str, parameters: Parameters) -> dict[str, int]:
    """Contracts by setting of one pathway and commissioner; sums to the published total.

    Settings with a share get at least one; those without stand at 0 if any crisis uses them.
    """
    shares = parameters["geography.setting_shares"][pathway]
    total = parameters["geography.contracts_per_commissioner"][pathway]
    spare = np.array(list(shares.values())) * (total - len(shares)) / sum(shares.values())
    counts = 1 + whole_numbers(spare, np.zeros(len(spare), int), np.array([total - len(shares)]))
    return dict.fromkeys(EVERYWHERE, 0) | dict(zip(shares, counts.tolist(), strict=True))


def services_of(
    commissioner: str, providers: dict[str, str], parameters: Parameters
) -> list[dict[str, Any]]:
    """The rows of one commissioner; `providers` names its provider by setting.

    Where the patient chooses (acute, general practice) the provider is left empty.
    """
    return [
        {
            "commissioner": commissioner,
            "pathway": pathway,
            "setting": setting,
            "provider": providers.get(setting, ""),
            "payment": PAYMENT[setting],
            "contracts": contracts,
        }
        for pathway in PATHWAYS
        for setting, contracts in contract_counts(pathway, parameters).items()
    ]


def services_table(providers: dict[str, dict[str, str]], parameters: Parameters) -> pd.DataFrame:
    """The services of all commissioners, from each one's provider by setting."""
    rows = [services_of(code, by_setting, parameters) for code, by_setting in providers.items()]
    return pd.DataFrame([row for some in rows for row in some])
