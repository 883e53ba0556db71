"""What a capitated contract does with gains, losses and risk: pure functions of its terms."""

import math
from collections.abc import Mapping
from typing import Any

from model.policies.policy import PopulationContract

Values = Mapping[str, Any]


def standing_of(value: Values, hospital_share: float, invitations: int) -> dict[str, float]:
    """Factors on bargaining power, by party, from who can do without whom.

    hospital_share: of the patients' planned care that the acute trust has, 0 to 1; invitations: of
    organisations to each practice, this one included.
    """
    exponent = value["integrated.power_of_dependence"]
    relative = hospital_share / value["integrated.usual_hospital_share"]
    return {"acute": relative**exponent, "practices": float(max(invitations, 1) ** exponent)}


def party_shares(
    value: Values, terms: PopulationContract, lead: str, standing: Mapping[str, float]
) -> dict[str, float]:
    """Each party's share of what an organisation keeps of a year's result, by bargaining power.

    Parties are the member practices, the leader and the partners; `standing` holds factors on the
    power of some. The shares add up to `minds.member_gain_share`, the part that is paid out; the
    rest stays with the organisation. `lead`: the leader's party.
    """
    power = {
        party: value[f"integrated.power_{party}"]
        * standing.get(party, 1.0)
        * (value["integrated.power_of_leading"] if party == lead else 1.0)
        for party in dict.fromkeys(("practices", lead, *terms.partners))
    }
    paid_out, total = value["minds.member_gain_share"], sum(power.values())
    return {party: paid_out * weight / total for party, weight in power.items()}


def member_share(
    value: Values, terms: PopulationContract, lead: str, standing: Mapping[str, float]
) -> float:
    """The member practices' share of what an organisation keeps."""
    return party_shares(value, terms, lead, standing)["practices"]


def owner_share(
    value: Values, terms: PopulationContract, lead: str, standing: Mapping[str, float]
) -> float:
    """The leader's share of it: its part of what is paid out, and all that is not paid out.

    Practices that lead themselves own all that no partner gets. `lead` and `standing` as for
    `party_shares`.
    """
    shares = party_shares(value, terms, lead, standing)
    return 1.0 - sum(share for party, share in shares.items() if party != lead)


def kept_part(result: float, budget: float, terms: PopulationContract) -> float:
    """What of a result is the organisation's, not the commissioner's; same unit as given.

    Beyond the corridor (both ways) and the floor (losses), shares of a year's `budget`, all is
    the commissioner's.
    """
    share, limit = terms.risk_up, terms.corridor
    if result < 0:
        share, limit = terms.risk_down, min(terms.corridor, terms.floor)
    within = min(abs(result), limit * budget) if limit < 1.0 else abs(result)
    return share * math.copysign(within, result)


def expected_parts(
    mean: float, deviation: float, budget: float, terms: PopulationContract
) -> tuple[float, float]:
    """What is expected of gains kept and of losses borne, both positive; same unit as given.

    Mean of `kept_part` above and below nought, for a normal result with this mean and deviation.
    `mean` and `deviation` of the result, of this `budget`.
    """
    if deviation <= 0.0:
        kept = kept_part(mean, budget, terms)
        return max(kept, 0.0), max(-kept, 0.0)
    most = terms.corridor * budget if terms.corridor < 1.0 else math.inf
    least = min(terms.corridor, terms.floor)
    worst = least * budget if least < 1.0 else math.inf
    gain = _mean_above(mean, deviation, 0.0) - _mean_above(mean, deviation, most)
    loss = _mean_above(-mean, deviation, 0.0) - _mean_above(-mean, deviation, worst)
    return terms.risk_up * gain, terms.risk_down * loss


def _mean_above(mean: float, deviation: float, limit: float) -> float:
    """Mean of max(x - limit, 0) for a normal x."""
    if limit == math.inf:
        return 0.0
    z = (mean - limit) / deviation
    density = math.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    return (mean - limit) * _below(z) + deviation * density


def loss_share(
    value: Values, terms: PopulationContract, lead: str, standing: Mapping[str, float]
) -> float:
    """The member practices' share of what an organisation bears of a loss.

    That of a gain; as leaders who cover deficits, all that falls on no partner.
    """
    if lead == "practices" and terms.deficits == "leader":
        return owner_share(value, terms, lead, standing)
    return member_share(value, terms, lead, standing)


def patient_spread(value: Values, terms: PopulationContract) -> float:
    """Standard deviation of a patient's yearly cost under the contract's stop-loss, in pounds."""
    spread = float(value["minds.cost_spread_per_patient_pounds"])
    if terms.stop_loss_pounds is None:
        return spread
    mean = value["integrated.patient_cost_pounds"]
    variation = value["integrated.patient_cost_variation"]
    usual = value["integrated.usual_stop_loss_pounds"]
    cut = limited_deviation(mean, variation, terms.stop_loss_pounds)
    return spread * cut / limited_deviation(mean, variation, usual)


def limited_deviation(mean: float, variation: float, limit: float) -> float:
    """Standard deviation of min(cost, limit) for a log-normal cost of this mean and variation."""
    s = math.sqrt(math.log1p(variation**2))
    low = (math.log(limit / mean) + 0.5 * s**2) / s  # standard score of the limit
    above = limit * _below(-low)
    first = mean * _below(low - s) + above
    second = mean**2 * (1.0 + variation**2) * _below(low - 2.0 * s) + limit * above
    return math.sqrt(max(second - first**2, 0.0))


def losing_spread(deviation: float, limit: float) -> float:
    """The spread of losses that are borne up to `limit`: `deviation` if nothing limits them.

    Root of twice the mean square of the losses of a normal result, so that a symmetric result
    without a limit has its standard deviation.
    """
    if deviation <= 0.0 or limit == math.inf:
        return deviation
    z = limit / deviation
    density = math.exp(-0.5 * z**2) / math.sqrt(2.0 * math.pi)
    square = _below(z) - 0.5 - z * density + z**2 * _below(-z)
    return deviation * math.sqrt(2.0 * max(square, 0.0))


def _below(deviate: float) -> float:
    """Probability that a standard normal number lies below `deviate`."""
    return 0.5 * math.erfc(-deviate / math.sqrt(2.0))
