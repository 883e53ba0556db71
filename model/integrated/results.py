"""What becomes of an integrated organisation's year: results shared, deficits, the end."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from agents.numerics.chance import STREAM_TRAIT, key_of, keyed_normal
from agents.organisations.integrated import COVERAGE
from model.care.links import hand_back
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
from model.payments.money import employs_community
from model.policies.gain_sharing import kept_part, party_shares, patient_spread
from model.state.bodies import MARKET
from model.state.integrated import Integrated
from model.state.ledger import PENCE_PER_POUND
from model.state.provision import NOBODY
from model.state.state import State

if TYPE_CHECKING:
    from model.month.economy import HealthEconomy

LEARNS_AFTER_MONTHS = 24  # the first full year of results, and when members must have been found
LUCK_ORDINAL = 70  # of a month's high-cost patients


def pay_high_cost_patients(economy: "HealthEconomy", organisation: Integrated) -> None:
    """What members' patients cost beyond or below the tariff's mean this month, by keyed luck.

    The pool bears the spread of patients' yearly cost under its stop-loss; the noise of counts,
    less than a tenth of that variance, is in the flows already.
    """
    state = economy.state
    patients = int(state.practices.lists[members_of(economy, organisation)].sum())
    luck = keyed_normal(
        np.uint64(economy.seed), STREAM_TRAIT, np.uint64(key_of(organisation.code)),
        state.month, LUCK_ORDINAL,
    )  # fmt: skip
    spread = patient_spread(economy.setup.parameters, organisation.terms)
    pence = round(luck * spread * PENCE_PER_POUND * (patients / 12.0) ** 0.5)
    state.money.ledger.post(state.month, organisation.body, MARKET, "high_cost_patients", pence)


def paid_capitation(state: State, organisation: Integrated) -> float:
    """A month's capitation for all members' lists, in pence."""
    return float(organisation.capitation_pence[:, paid_care(state, organisation)].sum())


def paid_care(state: State, organisation: Integrated) -> np.ndarray:
    """For which care it is paid [columns of capitation]: for none that a prime provider has."""
    apart = state.provision.prime_slot[organisation.commissioner] == NOBODY
    care = np.append(apart, True)  # and emergencies
    return np.append(care, care)  # and what tests done twice there cost


def members_of(economy: "HealthEconomy", organisation: Integrated) -> np.ndarray:
    """Whether each practice is a member [practices]."""
    members: np.ndarray = economy.state.provision.network == organisation.network
    return members


def close_organisations_year(economy: "HealthEconomy") -> None:
    """Results are shared and learnt from; who is insolvent, or has no members, ends."""
    for organisation in tuple(economy.state.integrated.organisations):
        settled = settle_result(economy, organisation)
        _learn_from_year(economy, organisation, settled)
        k, hospital = organisation.commissioner, organisation.hospital
        open_here = sum(o.commissioner == k for o in economy.state.integrated.organisations)
        organisation.standing = bargaining_standing(economy, k, hospital, open_here)
        old = economy.state.month >= organisation.founded_month + LEARNS_AFTER_MONTHS
        if old and not members_of(economy, organisation).any():
            wind_up(economy, organisation, "no_members")
        else:
            _meet_deficit(economy, organisation)


class Settled(NamedTuple):
    """The result of an organisation since it settled last, in pence."""

    gain: float  # what the members got of it
    result: int  # before it was shared
    received: int  # of capitation


def settle_result(economy: "HealthEconomy", organisation: Integrated) -> Settled:
    """Share the result since the last settlement with commissioner and parties."""
    state, terms, received = economy.state, organisation.terms, organisation.received_pence
    result = state.money.ledger.balance_of(organisation.body) - organisation.opening_balance
    kept = kept_part(result, received, terms)
    commissioner = economy.minds.commissioners[organisation.commissioner].body
    returned = round(result - kept)
    state.money.ledger.post(state.month, organisation.body, commissioner, "gain_share", returned)
    gain = _share(economy, organisation, result - returned)
    organisation.opening_balance = state.money.ledger.balance_of(organisation.body)
    organisation.received_pence = 0
    return Settled(gain, result, received)


def _share(economy: "HealthEconomy", organisation: Integrated, kept: int) -> float:
    """Pay the parties their shares of what is kept; the members' part of it."""
    state = economy.state
    if not members_of(economy, organisation).any():
        return 0.0
    shares = party_shares(economy.setup.parameters, *organisation.parties)
    gain = shares.pop("practices") * kept
    pay_members(economy, organisation, gain, "gain_share")
    for party, share in shares.items():
        receiver = _party_body(economy, organisation, party)
        state.money.ledger.post(
            state.month, organisation.body, receiver, "gain_share", round(share * kept)
        )
    return float(gain)


def _learn_from_year(economy: "HealthEconomy", organisation: Integrated, settled: Settled) -> None:
    """A whole year's result becomes known; one without gain sheds hope in case managers."""
    members = members_of(economy, organisation)
    old = economy.state.month >= organisation.founded_month + LEARNS_AFTER_MONTHS
    if old and settled.received > 0 and economy.state.practices.lists[members].any():
        seen = year_result(economy, organisation, settled.result / settled.received, members)
        organisation.results.append(seen)
        leader_learns(economy, organisation, seen)
        organisation.effect *= 0.75 if settled.gain <= 0 else 1.0
        _evaluate(economy, organisation)


def pay_members(
    economy: "HealthEconomy", organisation: Integrated, pence: float, heading: str
) -> None:
    """Pay members by list size; a negative amount is theirs to pay. Without members, nothing."""
    state = economy.state
    lists = np.where(members_of(economy, organisation), state.practices.lists, 0)
    if not lists.any():
        return
    pay = np.rint(pence * lists / lists.sum()).astype(np.int64)
    state.money.ledger.post(
        state.month, organisation.body, state.provision.practice_body, heading, pay
    )


def _party_body(economy: "HealthEconomy", organisation: Integrated, party: str) -> int:
    if party == organisation.lead:
        return leading_body(economy, organisation)
    if party == "acute":
        return int(economy.state.bodies.owner[organisation.hospital])
    return community_provider(economy, organisation.commissioner)


def _evaluate(economy: "HealthEconomy", organisation: Integrated) -> None:
    """What case managers and services seem to have done; much of it may be chance."""
    value, members = economy.setup.parameters, members_of(economy, organisation)
    covered = COVERAGE[organisation.coverage]
    if covered:
        seen = apparent_effect(economy, members, covered)
        organisation.apparent_effect = seen
        naive = value["redesign.naive_evaluation"]
        organisation.effect += 0.5 * naive * (seen - organisation.effect)
    learn_from_emergencies(economy, organisation)


def _meet_deficit(economy: "HealthEconomy", organisation: Integrated) -> None:
    """A deficit that the reserve cannot bear is carried, covered by the leader, or the end."""
    if economy.state.money.ledger.balance_of(organisation.body) >= 0:
        return
    if organisation.terms.deficits == "leader":
        _cover(economy, organisation)
        organisation.opening_balance = economy.state.money.ledger.balance_of(organisation.body)
    elif organisation.terms.deficits == "insolvency":
        wind_up(economy, organisation, "insolvent")


def _cover(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Whoever leads makes good what the organisation owes, or gets what it has left."""
    state = economy.state
    balance = state.money.ledger.balance_of(organisation.body)
    heading = "deficit_cover" if balance < 0 else "reserve"
    leader = leading_body(economy, organisation)
    if leader != NOBODY:
        state.money.ledger.post(state.month, organisation.body, leader, heading, balance)
    elif members_of(economy, organisation).any():
        pay_members(economy, organisation, balance, heading)


def surrender(economy: "HealthEconomy", code: str) -> None:
    """The notice is over: the contract goes back to the commissioner."""
    organisation = find_organisation(economy, code)
    if organisation is not None:
        before = economy.state.provision.employer.copy()
        settle_result(economy, organisation)
        _pay_for_the_end(economy, organisation)
        wind_up(economy, organisation, "surrendered")
        note_team_moves(economy, organisation, organisation.code, before)


def exit_pence(economy: "HealthEconomy", organisation: Integrated) -> np.ndarray:
    """What giving the contract up costs for each member's list, once, in pence [practices]."""
    lists = np.where(members_of(economy, organisation), economy.state.practices.lists, 0)
    each = economy.setup.parameters["integrated.exit_pence_per_patient"]
    pence: np.ndarray = np.rint(each * lists).astype(np.int64)
    return pence


def _pay_for_the_end(economy: "HealthEconomy", organisation: Integrated) -> None:
    """Whoever leads pays for the end: its leader, or the practices each for their own list."""
    state, leader = economy.state, leading_body(economy, organisation)
    cost = exit_pence(economy, organisation)
    payer = state.provision.practice_body if leader == NOBODY else np.full(cost.size, leader)
    state.money.ledger.post(state.month, payer, MARKET, "transition", cost)


def wind_up(economy: "HealthEconomy", organisation: Integrated, reason: str) -> None:
    """End an organisation: patients, teams and what is left of its money go where they belong.

    Its members' patients are under the commissioner's contracts again, teams it employed are with
    their provider again, and its body stays in the accounts. An insolvent one's debts stay there.
    """
    state = economy.state
    members = members_of(economy, organisation)
    _distribute(economy, organisation, reason)
    _end_network(economy, organisation, members)
    for g in np.flatnonzero(members).tolist():
        send_back(economy, organisation, g)
    organisation.reserve_pence[:] = 0
    organisation.ended_month, organisation.end = state.month, reason
    state.integrated.organisations = [
        o for o in state.integrated.organisations if o is not organisation
    ]
    state.integrated.former.append(organisation)


def _distribute(economy: "HealthEconomy", organisation: Integrated, reason: str) -> None:
    """What is left goes to the leader; a deficit to whom the contract names."""
    state = economy.state
    balance = state.money.ledger.balance_of(organisation.body)
    commissioner = economy.minds.commissioners[organisation.commissioner].body
    if balance < 0 and organisation.terms.deficits == "carried":
        state.money.ledger.post(
            state.month, commissioner, organisation.body, "deficit_cover", -balance
        )
    elif balance > 0 or organisation.terms.deficits == "leader":
        _cover(economy, organisation)
    rest = state.money.ledger.balance_of(organisation.body)
    if rest > 0:  # fractions of a penny a practice, or nobody to give it to
        state.money.ledger.post(state.month, organisation.body, commissioner, "reserve", rest)


def _end_network(economy: "HealthEconomy", organisation: Integrated, members: np.ndarray) -> None:
    """Teams go back and joint work ends; links fall as when a contract moves, and then fade."""
    state, provision, k = economy.state, economy.state.provision, organisation.commissioner
    back = provision.prime_slot[k] == NOBODY if employs_community(state, organisation) else None
    provision.employer[provision.employer == organisation.body] = NOBODY
    provision.network[members] = NOBODY
    hand_back(economy, organisation.network, back, k)
