"""What becomes of an integrated organisation's year: results shared, deficits, the end."""

from typing import NamedTuple

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from agents.organisations.integrated_organisation import COVERAGE
from model.care.links import hand_back
from model.deciding import objects
from model.deciding.effects import effect
from model.deciding.minds import Minds
from model.integrated.case_management import apparent_effect
from model.integrated.joining import leader_learns, year_result
from model.integrated.organisations import (
    bargaining_standing,
    community_provider,
    find_organisation,
    leading_body,
    note_team_moves,
    send_back,
)
from model.integrated.redesign import learn_from_emergencies
from model.parameters import Parameters
from model.payments.money import employs_community
from model.policies.gain_sharing import kept_part, party_shares, patient_spread
from model.state.bodies import MARKET, Bodies
from model.state.integrated import Integrated
from model.state.ledger import PENCE_PER_POUND
from model.state.practices import Practices
from model.state.provision import NOBODY, Losses, Provision
from model.state.setup import Setup
from model.state.state import Referrals, State

LUCK_ORDINAL = 70  # of a month's high-cost patients


def pay_high_cost_patients(
    value: Parameters, state: State, seed: int, organisation: Integrated
) -> None:
    """What members' patients cost beyond or below the tariff's mean this month, by keyed luck.

    The pool bears the spread of patients' yearly cost under its stop-loss; the noise of counts,
    less than a tenth of that variance, is in the flows already.
    """
    patients = int(state.practices.lists[members_of(state.provision, organisation)].sum())
    draw = keyed_normal(
        np.uint64(seed), STREAM_TRAIT, np.uint64(key_of(organisation.code)),
        state.month, LUCK_ORDINAL,
    )  # fmt: skip
    spread = patient_spread(value, organisation.terms)
    pence = round(draw * spread * PENCE_PER_POUND * (patients / 12.0) ** 0.5)
    state.money.ledger.post(state.month, organisation.body, MARKET, "high_cost_patients", pence)


def paid_capitation(provision: Provision, organisation: Integrated) -> float:
    """A month's capitation for all members' lists, in pence."""
    return float(organisation.capitation_pence[:, paid_care(provision, organisation)].sum())


def paid_care(provision: Provision, organisation: Integrated) -> np.ndarray:
    """For which care it is paid [columns of capitation]: for none that a prime provider has."""
    apart = provision.prime_slot[organisation.commissioner] == NOBODY
    care = np.append(apart, True)  # and emergencies
    return np.append(care, care)  # and what tests done twice there cost


def members_of(provision: Provision, organisation: Integrated) -> np.ndarray:
    """Whether each practice is a member [practices]."""
    members: np.ndarray = provision.network == organisation.network
    return members


def close_organisations_year(minds: Minds, setup: Setup, state: State) -> None:
    """Results are shared and learnt from; who is insolvent, or has no members, ends."""
    for organisation in tuple(state.integrated.organisations):
        settled = settle_result(minds, setup.parameters, state, organisation)
        _learn_from_year(setup.parameters, state, organisation, settled)
        k, hospital = organisation.commissioner, organisation.hospital
        open_here = sum(o.commissioner == k for o in state.integrated.organisations)
        organisation.standing = bargaining_standing(
            setup.parameters, setup.geography, state, k, hospital, open_here
        )
        old = _has_settled(setup.parameters, state.month, organisation)
        if old and not members_of(state.provision, organisation).any():
            wind_up(minds, setup.parameters, setup.losses, state, organisation, "no_members")
        else:
            _meet_deficit(minds, setup.parameters, setup.losses, state, organisation)


class Settled(NamedTuple):
    """The result of an organisation since it settled last, in pence."""

    gain: float  # what the members got of it
    result: int  # before it was shared
    received: int  # of capitation


def settle_result(
    minds: Minds, value: Parameters, state: State, organisation: Integrated
) -> Settled:
    """Share the result since the last settlement with commissioner and parties."""
    terms, received = organisation.terms, organisation.received_pence
    result = state.money.ledger.balance_of(organisation.body) - organisation.opening_balance
    kept = kept_part(result, received, terms)
    commissioner = minds.commissioners[organisation.commissioner].body
    returned = round(result - kept)
    state.money.ledger.post(state.month, organisation.body, commissioner, "gain_share", returned)
    gain = _share(value, state, organisation, result - returned)
    organisation.opening_balance = state.money.ledger.balance_of(organisation.body)
    organisation.received_pence = 0
    return Settled(gain, result, received)


def _share(value: Parameters, state: State, organisation: Integrated, kept: int) -> float:
    """Pay the parties their shares of what is kept; the members' part of it."""
    if not members_of(state.provision, organisation).any():
        return 0.0
    shares = party_shares(value, *organisation.parties)
    gain = shares.pop("practices") * kept
    pay_members(state, organisation, gain, "gain_share")
    for party, share in shares.items():
        receiver = _party_body(state.bodies, state.provision, organisation, party)
        state.money.ledger.post(
            state.month, organisation.body, receiver, "gain_share", round(share * kept)
        )
    return float(gain)


def _learn_from_year(
    value: Parameters, state: State, organisation: Integrated, settled: Settled
) -> None:
    """A whole year's result becomes known; one without gain sheds hope in case managers."""
    members = members_of(state.provision, organisation)
    old = _has_settled(value, state.month, organisation)
    if old and settled.received > 0 and state.practices.lists[members].any():
        seen = year_result(
            value,
            state.month,
            state.practices,
            organisation,
            settled.result / settled.received,
            members,
        )
        organisation.results.append(seen)
        leader_learns(value, organisation, seen)
        organisation.effect *= value["redesign.hope_kept_share"] if settled.gain <= 0 else 1.0
        _evaluate(value, state, organisation)


def _has_settled(value: Parameters, month: int, organisation: Integrated) -> bool:
    """Whether results count, and members must have been found, so long after its founding."""
    return month >= int(organisation.founded_month + value["integrated.learns_after_months"])


def pay_members(state: State, organisation: Integrated, pence: float, heading: str) -> None:
    """Pay members by list size; a negative amount is theirs to pay. Without members, nothing."""
    lists = np.where(members_of(state.provision, organisation), state.practices.lists, 0)
    if not lists.any():
        return
    pay = np.rint(pence * lists / lists.sum()).astype(np.int64)
    state.money.ledger.post(
        state.month, organisation.body, state.provision.practice_body, heading, pay
    )


def _party_body(bodies: Bodies, provision: Provision, organisation: Integrated, party: str) -> int:
    if party == organisation.lead:
        return leading_body(bodies, organisation)
    if party == "acute":
        return int(bodies.owner[organisation.hospital])
    return community_provider(bodies, provision, organisation.commissioner)


def _evaluate(value: Parameters, state: State, organisation: Integrated) -> None:
    """What case managers and services seem to have done; much of it may be chance."""
    members = members_of(state.provision, organisation)
    covered = COVERAGE.of(value)[organisation.coverage]
    if covered:
        seen = apparent_effect(value, state, members, covered)
        organisation.apparent_effect = seen
        share = value["redesign.learning_share"] * value["redesign.naive_evaluation"]
        organisation.effect += share * (seen - organisation.effect)
    learn_from_emergencies(value, state.provision, state.yearbooks, organisation)


def _meet_deficit(
    minds: Minds, value: Parameters, losses: Losses, state: State, organisation: Integrated
) -> None:
    """A deficit that the reserve cannot bear is carried, covered by the leader, or the end."""
    if state.money.ledger.balance_of(organisation.body) >= 0:
        return
    if organisation.terms.deficits == "leader":
        _cover(state, organisation)
        organisation.opening_balance = state.money.ledger.balance_of(organisation.body)
    elif organisation.terms.deficits == "insolvency":
        wind_up(minds, value, losses, state, organisation, "insolvent")


def _cover(state: State, organisation: Integrated) -> None:
    """Whoever leads makes good what the organisation owes, or gets what it has left."""
    balance = state.money.ledger.balance_of(organisation.body)
    heading = "deficit_cover" if balance < 0 else "reserve"
    leader = leading_body(state.bodies, organisation)
    if leader != NOBODY:
        state.money.ledger.post(state.month, organisation.body, leader, heading, balance)
    elif members_of(state.provision, organisation).any():
        pay_members(state, organisation, balance, heading)


@effect(
    "surrender",
    "minds",
    "setup.parameters",
    "setup.losses",
    "state",
    touches=lambda place, code: (
        objects.named("organisation", code),
        objects.named("members", code),
    ),
)
def surrender(minds: Minds, value: Parameters, losses: Losses, state: State, code: str) -> None:
    """The notice is over: the contract goes back to the commissioner."""
    organisation = find_organisation(state.integrated, code)
    if organisation is not None:
        before = state.provision.employer.copy()
        settle_result(minds, value, state, organisation)
        _pay_for_the_end(value, state, organisation)
        wind_up(minds, value, losses, state, organisation, "surrendered")
        note_team_moves(minds, state, organisation, organisation.code, before)


def exit_pence(
    value: Parameters, provision: Provision, practices: Practices, organisation: Integrated
) -> np.ndarray:
    """What giving the contract up costs for each member's list, once, in pence [practices]."""
    lists = np.where(members_of(provision, organisation), practices.lists, 0)
    each = value["integrated.exit_pence_per_patient"]
    pence: np.ndarray = np.rint(each * lists).astype(np.int64)
    return pence


def _pay_for_the_end(value: Parameters, state: State, organisation: Integrated) -> None:
    """Whoever leads pays for the end: its leader, or the practices each for their own list."""
    leader = leading_body(state.bodies, organisation)
    cost = exit_pence(value, state.provision, state.practices, organisation)
    payer = state.provision.practice_body if leader == NOBODY else np.full(cost.size, leader)
    state.money.ledger.post(state.month, payer, MARKET, "transition", cost)


def wind_up(
    minds: Minds,
    value: Parameters,
    losses: Losses,
    state: State,
    organisation: Integrated,
    reason: str,
) -> None:
    """End an organisation: patients, teams and what is left of its money go where they belong.

    Its members' patients are under the commissioner's contracts again, teams it employed are with
    their provider again, and its body stays in the accounts. An insolvent one's debts stay there.
    `reason`: why it ends, as the ledger and stories name it.
    """
    members = members_of(state.provision, organisation)
    _distribute(minds, state, organisation, reason)
    _end_network(value, losses, state.provision, state.referrals, organisation, members)
    for g in np.flatnonzero(members).tolist():
        send_back(state.provision, organisation, g)
    organisation.reserve_pence[:] = 0
    organisation.ended_month, organisation.end = state.month, reason
    state.integrated.organisations = [
        o for o in state.integrated.organisations if o is not organisation
    ]
    state.integrated.former.append(organisation)


def _distribute(minds: Minds, state: State, organisation: Integrated, reason: str) -> None:
    """What is left goes to the leader; a deficit to whom the contract names."""
    balance = state.money.ledger.balance_of(organisation.body)
    commissioner = minds.commissioners[organisation.commissioner].body
    if balance < 0 and organisation.terms.deficits == "carried":
        state.money.ledger.post(
            state.month, commissioner, organisation.body, "deficit_cover", -balance
        )
    elif balance > 0 or organisation.terms.deficits == "leader":
        _cover(state, organisation)
    rest = state.money.ledger.balance_of(organisation.body)
    if rest > 0:  # fractions of a penny a practice, or nobody to give it to
        state.money.ledger.post(state.month, organisation.body, commissioner, "reserve", rest)


def _end_network(
    value: Parameters,
    losses: Losses,
    provision: Provision,
    referrals: Referrals,
    organisation: Integrated,
    members: np.ndarray,
) -> None:
    """Teams go back and joint work ends; links fall as when a contract moves, and then fade."""
    k = organisation.commissioner
    back = provision.prime_slot[k] == NOBODY if employs_community(provision, organisation) else None
    provision.employer[provision.employer == organisation.body] = NOBODY
    provision.network[members] = NOBODY
    hand_back(value, losses, provision, referrals, organisation.network, back, k)
