"""What holds this month: the policy, the rules of the day, how they pay hospitals, prices."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from model.payments.hospital_payment import HospitalPayment
from model.payments.money import Prices
from model.policies.policy import Policy


class InForce(NamedTuple):
    """Policy, rules and prices of the month."""

    policy: Policy
    policy_month: int  # since the policy could begin; negative in the burn-in
    rules: Mapping[str, Any]
    payment: HospitalPayment
    prices: Prices
