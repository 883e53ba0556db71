"""What is paid for what, and what it costs: prices, payments and costs of a month, in pence."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from model.care.flows import Activity, Flows
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.payments.hospital_payment import (
    Bills,
    HospitalPayment,
    Payers,
    emergency_share,
    planned_bills,
    planned_pay,
    urgent_bills,
)
from model.payments.market_forces import at_place
from model.places.geography import Geography
from model.places.place import Place
from model.population.demand import BLOCK_SETTINGS, ActivityRates
from model.population.journeys import SETTINGS
from model.population.pathways import pathway_values
from model.practices.access import access_expenses
from model.practices.income import expenses, income_streams
from model.practices.workforce import locums
from model.state.attribution import at_sites
from model.state.bodies import MARKET, TREASURY
from model.state.hospitals import Hospitals
from model.state.integrated import Integrated
from model.state.provision import DO_THE_WORK, Provision
from model.state.setup import Setup
from model.state.state import State, Yearbooks

P = len(PATHWAYS)


class Prices(NamedTuple):
    """Pence for the care that follows one referral or one emergency, by pathway [13]."""

    referral: np.ndarray  # first outpatient and its follow-ups
    operation: np.ndarray  # day case or stay, repeats included
    emergency: np.ndarray
    attendance: float  # accident and emergency
    diagnostic: float  # a test
    planned_cost: np.ndarray  # cost for a pound of planned income
    emergency_cost: np.ndarray
    fixed: np.ndarray
    semi_fixed: np.ndarray
    variable: np.ndarray
    follow_up: np.ndarray  # one attendance in outpatients


def prices_of(value: Parameters, activity: ActivityRates, moved: float = 1.0) -> Prices:
    """Tariff prices and cost shares by pathway; costs do not follow the level of the tariff.

    `moved`: what prices have come to since the start, as a ratio.
    """
    level = float(value["prices.tariff_level"]) * moved

    def of(name: str) -> np.ndarray:
        return pathway_values(value, name)

    referral = of("prices.first_outpatient_pence") + activity.follow_up_ratio * of(
        "prices.follow_up_outpatient_pence"
    )
    day, stay = of("prices.day_case_pence"), of("prices.elective_pence")
    operation = activity.day_case_share * day + (1.0 - activity.day_case_share) * stay
    short = activity.short_stay_share
    emergency = short * of("prices.emergency_short_pence") + (1.0 - short) * of(
        "prices.emergency_long_pence"
    )
    structure = value["costs.cost_structure_by_pathway"]
    fixed, semi_fixed, variable = (
        np.array([structure[p][part] for p in PATHWAYS])
        for part in ("fixed", "semi_fixed", "variable")
    )
    return Prices(
        referral * level,
        (operation + activity.repeat_operations * day) * level,
        emergency * level,
        float(value["prices.ae_attendance_pence"]) * level,
        float(np.mean(of("costs.diagnostic_pence"))),
        1.0 / (1.0 + of("costs.planned_margin")) / level,
        1.0 / (1.0 + of("costs.emergency_margin")) / level,
        fixed,
        semi_fixed,
        variable,
        of("prices.follow_up_outpatient_pence") * level,
    )


def planned_income(flows_seen: np.ndarray, operations: np.ndarray, prices: Prices) -> np.ndarray:
    """Income of planned care in pence, by site and pathway."""
    income: np.ndarray = flows_seen * prices.referral + operations * prices.operation
    return income


def done_at_sites(geography: Geography, flows: Flows, prices: Prices) -> np.ndarray:
    """What planned care that sites do is worth at tariff, in pence [sites, 13]."""
    income = planned_income(flows.seen_planned, flows.operations, prices)
    if flows.spared.any():
        income -= at_sites(flows.spared, geography.candidate, len(income)) * prices.follow_up
    return income


def emergency_income(seen: np.ndarray, prices: Prices) -> np.ndarray:
    """Income of emergency care in pence, by site and pathway, attendances included."""
    return seen * (prices.emergency + prices.attendance)


def planned_value(flows: Flows, prices: Prices) -> Activity:
    """What the month's planned care is worth at tariff, in pence, by whose it is."""
    return Activity(
        planned_income(flows.referred.lists, flows.operated.lists, prices)
        - flows.spared * prices.follow_up,
        planned_income(flows.referred.outside, flows.operated.outside, prices),
    )


def urgent_value(flows: Flows, prices: Prices) -> Activity:
    """What the month's emergencies are worth at tariff, in pence, by whose they are."""
    lists, outside = flows.admitted
    return Activity(emergency_income(lists, prices), emergency_income(outside, prices))


def hospital_bills(
    geography: Geography,
    state: State,
    flows: Flows,
    prices: Prices,
    payers: Payers,
    payment: HospitalPayment,
) -> Bills:
    """What every payer owes hospitals for its own patients' care of the month."""
    pay = planned_pay(geography, state, payment, planned_value(flows, prices))
    share = emergency_share(geography, state, payers, payment)
    return Bills(
        planned_bills(geography, state.hospitals, payers, pay),
        urgent_bills(
            geography,
            state.hospitals,
            state.money,
            payers,
            payment,
            urgent_value(flows, prices),
            share,
        ),
        share,
        pay.at(geography.candidate) * state.hospitals.market_forces.paid[:, None],
    )


def pay_hospitals(state: State, payers: Payers, bills: Bills) -> np.ndarray:
    """Payers pay the month's bills; returns what each paid to whom [payers, sites, 2]."""
    trust, month = state.provision.site_owner(state.bodies), state.month
    paid = np.rint(np.stack([bills.planned, bills.urgent], axis=2)).astype(np.int64)
    for row, payer in enumerate(payers.bodies.tolist()):
        for kind, heading in enumerate(("tariff_planned", "tariff_emergency")):
            heading = "outside_income" if payer == TREASURY else heading
            state.money.ledger.post(month, payer, trust, heading, paid[row, :, kind])
    return paid


def planned_spend(activity: ActivityRates, prices: Prices, planned: np.ndarray) -> np.ndarray:
    """National price of planned care that referrals lead to, by practice and pathway (pence)."""
    spend: np.ndarray = planned * (prices.referral + activity.operation_share * prices.operation)
    return spend


def clinic_spend(activity: ActivityRates, prices: Prices, planned: np.ndarray) -> np.ndarray:
    """The part of it for referrals that lead to no operation.

    `planned`: referrals [..., 13].
    """
    spend: np.ndarray = planned * prices.referral * (1.0 - activity.operation_share)
    return spend


def crisis_spend(prices: Prices, crises: np.ndarray) -> np.ndarray:
    """National price of the emergencies of each practice (pence)."""
    return crises @ (prices.emergency + prices.attendance)


def line_costs(
    value: Parameters, hospitals: Hospitals, prices: Prices, income: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Cost of every planned line at this income, and what closing it would save (pence)."""
    lines = hospitals.lines
    scale = prices.planned_cost * lines.unit_cost
    standing = prices.fixed * lines.fixed_kept + prices.semi_fixed * lines.semi_kept
    removable = value["costs.removable_share_of_direct_cost"]
    semi = prices.semi_fixed * lines.semi_kept * removable
    variable = income * prices.variable * lines.case_mix
    return (
        scale * (lines.base_income * standing + variable),
        scale * (lines.base_income * semi + variable),
    )


def emergency_costs(hospitals: Hospitals, prices: Prices, income: np.ndarray) -> np.ndarray:
    """Cost of emergency care at this income, by site and pathway (pence)."""
    lines = hospitals.lines
    standing = lines.urgent_fixed * prices.fixed + lines.urgent_semi * prices.semi_fixed
    costs: np.ndarray = (
        prices.emergency_cost * lines.unit_cost * (standing + income * prices.variable)
    )
    return costs


def overnight_days(activity: ActivityRates) -> np.ndarray:
    """Bed days of an operation, day cases among them, as it was done at the start [13]."""
    days: np.ndarray = (1.0 - activity.day_case_share) * activity.elective_stay_days
    return days


def day_cost(value: Parameters) -> float:
    """Pence that a bed day less saves within the year: the variable part of what it costs."""
    variable = value["costs.trust_cost_structure"]["year_1"]["variable"]
    return float(value["social_care.hospital_day_pence"] * variable)


def saved_on_beds(
    value: Parameters, activity: ActivityRates, hospitals: Hospitals, flows: Flows
) -> tuple[np.ndarray, np.ndarray]:
    """Pence that fewer bed days than at the start save, planned and emergency [sites, 13]."""
    lines, cost = hospitals.lines, day_cost(value)
    planned = flows.operations * overnight_days(activity) * (1.0 - lines.overnight * lines.stay)
    urgent = flows.seen_emergency * activity.emergency_stay_days * (1.0 - lines.stay)
    return cost * planned, cost * urgent


def keep_yearbook(
    setup: Setup,
    hospitals: Hospitals,
    yearbooks: Yearbooks,
    flows: Flows,
    prices: Prices,
    bills: Bills,
) -> None:
    """Enter the month of hospitals in the year's sums.

    `bills`: of the month, by payer and site.
    """
    year = yearbooks.year
    income = done_at_sites(setup.geography, flows, prices)
    urgent = emergency_income(flows.seen_emergency, prices)
    cost, avoidable = line_costs(setup.parameters, hospitals, prices, income)
    saved, saved_urgent = saved_on_beds(setup.parameters, setup.activity, hospitals, flows)
    year.line_income += bills.line_income
    year.line_cost += cost - saved
    year.line_avoidable += avoidable - saved
    year.admissions += flows.seen_emergency
    year.arrivals += flows.asked_for(setup.geography.candidate) * setup.activity.operation_share
    year.emergency_paid += bills.urgent.sum(axis=0)
    year.emergency_cost += (emergency_costs(hospitals, prices, urgent) - saved_urgent).sum(axis=1)


def keep_spending(
    geography: Geography,
    activity: ActivityRates,
    hospitals: Hospitals,
    yearbooks: Yearbooks,
    flows: Flows,
    prices: Prices,
    payers: Payers,
    bills: Bills,
) -> None:
    """Enter in the year's sums what every list's care of the month was worth as it is paid for.

    It is what the payer of the list is billed where care is paid for by activity, and what it would
    be billed for clinics that are held elsewhere. `bills`: of the month, by payer and site.
    """
    year, candidate = yearbooks.year, geography.candidate
    clinics = at_place(geography, hospitals, flows.needed) * prices.referral
    clinics -= at_place(geography, hospitals, flows.spared) * prices.follow_up
    operations = at_place(geography, hospitals, flows.operated.lists) * prices.operation
    year.planned_spend += clinics + operations
    year.clinic_spend += clinics * (1.0 - activity.operation_share)
    urgent = urgent_value(flows, prices).lists.sum(axis=2, keepdims=True)
    share = bills.emergency_share[payers.urgent[:, None], candidate][:, :, None]
    year.emergency_spend += at_place(geography, hospitals, urgent * share)[:, 0]
    year.emergency_value += urgent[:, :, 0].sum(axis=1)


def pay_costs(setup: Setup, state: State, flows: Flows, prices: Prices) -> None:
    """Trusts pay staff and suppliers.

    Fixed and semi-fixed cost stay what they were when the line was set up, and leave slowly; only
    the variable part follows activity. So a lost line leaves stranded cost behind.
    """
    value, activity = setup.parameters, setup.activity
    planned = done_at_sites(setup.geography, flows, prices)
    urgent = emergency_income(flows.seen_emergency, prices)
    cost = line_costs(value, state.hospitals, prices, planned)[0] + emergency_costs(
        state.hospitals, prices, urgent
    )
    cost -= sum(saved_on_beds(value, activity, state.hospitals, flows))
    pence = np.rint(cost.sum(axis=1)).astype(np.int64)
    trust = state.provision.site_owner(state.bodies)
    state.money.ledger.post(state.month, trust, MARKET, "pay_and_supplies", pence)


def clinic_cost_share(value: Parameters) -> float:
    """Cost of clinics held outside hospital for a pound of their price, setting up included."""
    return float(value["minds.own_clinic_cost_share"] + value["minds.clinic_setup_share"])


def pay_blocks(setup: Setup, state: State) -> None:
    """Block contracts for community, mental health, ambulance and hospice care.

    Each commissioner pays for its own patients, by pathway, whoever serves them. The part of a
    block that belongs to a pathway under a prime contract is the holder's to spend.
    """
    for k in range(state.provision.prime_slot.shape[0]):
        patients = int(state.practices.lists[state.provision.practice_commissioner == k].sum())
        for setting, weights in zip(BLOCK_SETTINGS, setup.block_weights, strict=True):
            per_head = setup.parameters["prices.block_pence_per_head"][setting]
            receivers = block_receivers(state, setting, k)
            for body in np.unique(receivers).tolist():
                value = np.where(receivers == body, weights * (per_head * patients / 12), 0.0)
                _pay_block(setup, state, k, body, value)


def block_receivers(state: State, setting: str, commissioner: int) -> np.ndarray:
    """In whose accounts a commissioner's block for a setting comes, by pathway [13].

    Community teams that an integrated organisation employs serve all of its commissioner's
    patients, and are paid through it.
    """
    provision = state.provision
    slots = provision.setting_slot[SETTINGS.index(setting), commissioner]
    for organisation in state.integrated.organisations if setting == "community" else ():
        if organisation.commissioner == commissioner and employs_community(provision, organisation):
            return np.full(slots.size, organisation.body)
    return np.array([state.bodies.account(int(provision.slot_body[slot])) for slot in slots])


def _pay_block(setup: Setup, state: State, commissioner: int, body: int, value: np.ndarray) -> None:
    """A month's block to one body, `value` [13] by pathway, less what prime contracts hold.

    And what the body spends.
    """
    payer = state.bodies.of_kind("commissioner")[commissioner]
    month = state.month
    ledger = state.money.ledger
    held = (state.provision.prime_slot[commissioner] >= 0) & (value > 0.0)
    ledger.post(month, payer, body, "block", round(float(value[~held].sum())))
    removable = setup.parameters["costs.removable_share_of_direct_cost"]
    spent = float(value.sum())
    for p in np.flatnonzero(held):
        part = float(value[p])
        holder = int(state.provision.slot_body[state.provision.prime_slot[commissioner, p]])
        if state.provision.delivery[commissioner, p] == DO_THE_WORK:
            own = setup.parameters["minds.own_clinic_cost_share"]
            ledger.post(month, holder, MARKET, "pay_and_supplies", round(part * own))
            spent -= removable * part
        else:
            ledger.post(month, holder, body, "subcontract", round(part))
    margin = 1.0 + setup.parameters["costs.community_margin"]
    ledger.post(month, body, MARKET, "pay_and_supplies", round(spent / margin))


def block_pence(setup: Setup, patients: int, pathway: int) -> float:
    """Yearly value of the blocks that belong to a pathway, for so many patients."""
    per_head = setup.parameters["prices.block_pence_per_head"]
    value = [per_head[s] for s in BLOCK_SETTINGS]
    return patients * float(np.dot(value, setup.block_weights[:, pathway]))


def employs_community(provision: Provision, organisation: Integrated) -> bool:
    """Whether the community teams have gone over to an integrated organisation."""
    return bool((provision.employer == organisation.body).any())


def pay_practices(place: Place, value: Parameters, state: State, rules: Mapping[str, Any]) -> None:
    """Payments to practices by stream, and for what they achieve; their expenses."""
    lists, bodies = state.practices.lists, state.provision.practice_body
    for heading, pence in income_streams(place, value, state.practices, rules).items():
        state.money.ledger.post(state.month, TREASURY, bodies, heading, _monthly(pence))
    pay = value["practices.locum_pence"] * locums(state.practices.workforce, value, lists)
    pay = pay + access_expenses(value, lists, state.practices.access)
    spent = _monthly(expenses(state.practices.books, lists) + pay)
    state.money.ledger.post(state.month, bodies, MARKET, "practice_expenses", spent)


def _monthly(pence: np.ndarray) -> np.ndarray:
    return np.rint(pence / 12).astype(np.int64)


def pay_allocations(state: State) -> None:
    """The treasury pays commissioners; they pay what the model does not follow."""
    commissioners = np.array(state.bodies.of_kind("commissioner"))
    allocation = np.rint(state.money.allocation / 12).astype(np.int64)
    other = np.rint(state.money.other_spend / 12).astype(np.int64)
    state.money.ledger.post(state.month, TREASURY, commissioners, "allocation", allocation)
    state.money.ledger.post(state.month, commissioners, MARKET, "running_cost", other)


def pay_duplicates(state: State, tests: np.ndarray, price: float, payers: Payers) -> None:
    """Tests done twice are paid for by whoever pays for the care that they belong to.

    `tests` [practices, 13 and emergencies] are those to be expected of every list in a month.
    `price`: pence a test.
    """
    spend = tests * price
    state.yearbooks.year.test_spend += spend
    payer = payers.bodies[np.column_stack([payers.planned, payers.urgent])]
    bill = np.bincount(payer.ravel(), spend.ravel(), minlength=len(state.bodies))
    bodies = np.flatnonzero(bill)
    pence = np.rint(bill[bodies]).astype(np.int64)
    state.money.ledger.post(state.month, bodies, MARKET, "duplicate_tests", pence)
