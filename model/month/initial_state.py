"""The status quo of a place in month 0, before any burn-in."""

import numpy as np

from agents.numerics.random_streams import STREAM_TRAIT, key_of, keyed_normal
from agents.patients.patient_tables import CANDIDATES, STRATA, World
from model.care.kernel import settle
from model.parameters import Parameters
from model.pathway_names import PATHWAYS
from model.places.geography import Geography
from model.places.place import Place
from model.population.demand import first_strata
from model.population.journeys import SETTINGS, Journeys
from model.population.residents import first_residents
from model.practices.income import practice_books
from model.practices.workforce import first_workforce
from model.social_care.discharges import first_social_care
from model.state.attribution import no_parts
from model.state.bodies import Bodies, bodies_of
from model.state.books import first_coding
from model.state.contracts import Contracts, first_buyers
from model.state.hospitals import Hospitals, Lines, MarketForces, QualityStart
from model.state.ledger import Ledger
from model.state.practices import Practices
from model.state.provision import ANY, NOBODY, SUBCONTRACT, Provision, empty_tables
from model.state.setup import Setup
from model.state.state import Money, Referrals, Residents, State, Yearbooks, empty_yearbook

PLACE_SETTING = {"practice": "general_practice", "hospital": "acute"}


def first_state(setup: Setup, seed: int) -> State:
    """The status quo of a place in month 0, before any burn-in."""
    place, practices, sites = setup.place, len(setup.place.practices), len(setup.place.sites)
    people = first_residents(place, setup.demography, setup.patients)
    bodies = bodies_of(place)
    bodies.add("elsewhere", "Pharmacies and centres outside the place", "elsewhere")
    return State(
        month=0,
        residents=Residents(
            people=people,
            strata=first_strata(setup.activity),
            anchor_base=np.zeros(STRATA),
            anchor_total=np.zeros(STRATA),
        ),
        bodies=bodies,
        provision=_provision(setup, bodies),
        referrals=_referrals(setup.geography, setup.journeys),
        hospitals=_hospitals(place, setup.parameters, setup.geography, seed),
        practices=_practices(setup, seed),
        contracts=Contracts(first_buyers(place, setup.parameters, seed)),
        money=Money(
            ledger=Ledger(),
            attribution=no_parts(practices, CANDIDATES, len(PATHWAYS)),
            closed_balance=np.zeros(0, dtype=np.int64),
        ),
        coding=first_coding(place),
        social_care=first_social_care(setup, seed),
        yearbooks=Yearbooks(empty_yearbook(practices, sites), empty_yearbook(practices, sites)),
    )


def _referrals(geography: Geography, journeys: Journeys) -> Referrals:
    practices, candidates = geography.candidate.shape
    return Referrals(
        routes=empty_tables(practices, CANDIDATES, journeys.edge.size),
        default=np.zeros((practices, len(PATHWAYS)), dtype=np.int8),
        usual=np.zeros((practices, candidates, len(PATHWAYS)), dtype=np.uint8),
        shares=np.zeros((practices, candidates, len(PATHWAYS))),
        complex_shares=np.zeros((practices, candidates, len(PATHWAYS))),
    )


def _hospitals(place: Place, value: Parameters, geography: Geography, seed: int) -> Hospitals:
    sites, trusts = len(place.sites), len(place.trusts)
    return Hospitals(
        lines=_lines(place, sites),
        market_forces=MarketForces(np.ones(sites), np.ones(sites), np.ones(sites)),
        emergency_open=geography.emergency.copy(),
        closed_sites=np.zeros(sites, dtype=bool),
        quality=first_quality(place, value, seed),
        quality_step=value["options.quality_step"],
        quality_start=QualityStart(*np.zeros((3, trusts))),
        outside_planned=np.zeros((sites, len(PATHWAYS))),
        first_attraction=np.zeros((sites, len(PATHWAYS))),
        outside_emergency=np.zeros((sites, len(PATHWAYS))),
        deficit_years=np.zeros(trusts, dtype=np.int64),
        deficits=np.zeros(trusts),
        made_good=np.zeros(trusts),
        results=np.zeros(trusts),
        failures=np.zeros(trusts, dtype=np.int64),
        administered=np.zeros(trusts, dtype=np.int64),
        saved_share=np.zeros(trusts),
        steering=["prefer_own"] * trusts,
    )


def _practices(setup: Setup, seed: int) -> Practices:
    geography, practices = setup.geography, len(setup.place.practices)
    return Practices(
        lists=setup.list_sizes.copy(),
        effort=["usual"] * practices,
        more_exceptions=np.zeros(practices, dtype=bool),
        owned_trust=np.full(practices, NOBODY, dtype=np.int32),
        managed_share=np.zeros(practices),
        salaries=np.zeros(practices),
        books=practice_books(setup, seed),
        workforce=first_workforce(setup.place, setup.parameters, seed),
        closed_lists=np.zeros(practices, dtype=bool),
        access=np.zeros(practices, dtype=np.int8),
        pair_practice=geography.pair_practice.copy(),
        pair_patients=geography.pair_weight * setup.list_sizes[geography.pair_practice],
        lists_moved=False,
        lean_years=np.zeros(practices, dtype=np.int64),
    )


def first_quality(place: Place, value: Parameters, seed: int) -> np.ndarray:
    """Quality of every trust at the start, in steps."""
    spread = value["quality.first_spread"] / value["options.quality_step"]
    keys = [np.uint64(key_of(code)) for code in place.trusts["trust"]]
    return np.array([spread * keyed_normal(seed, STREAM_TRAIT, key, 0, 11) for key in keys])


def _provision(setup: Setup, bodies: Bodies) -> Provision:
    place = setup.place
    commissioners = list(place.commissioners["commissioner"])
    practices = place.practices
    slots: list[Slot] = [bodies.number[trust] for trust in place.trusts["trust"]]
    trust_row = {trust: row for row, trust in enumerate(place.trusts["trust"])}
    setting_slot = np.zeros((len(SETTINGS), len(commissioners), len(PATHWAYS)), dtype=np.int32)
    for s, setting in enumerate(SETTINGS):
        for k, commissioner in enumerate(commissioners):
            for p, body in enumerate(_providers(place, bodies, setting, commissioner)):
                setting_slot[s, k, p] = _slot(slots, body, k, setting)
    clinic = np.array(
        [
            setting_slot[SETTINGS.index("community"), commissioners.index(k), 0]
            for k in practices["commissioner"]
        ],
        dtype=np.int32,
    )
    shape = (len(commissioners), len(PATHWAYS))
    slot_body = np.array([slot if isinstance(slot, int) else slot[0] for slot in slots])
    return Provision(
        practice_body=np.array([bodies.number[p] for p in practices["practice"]], dtype=np.int32),
        practice_commissioner=np.array(
            [commissioners.index(k) for k in practices["commissioner"]], dtype=np.int16
        ),
        slot_body=slot_body.astype(np.int32),
        slot_home=slot_body.astype(np.int32),
        site_slot=np.array([trust_row[t] for t in place.sites["trust"]], dtype=np.int32),
        setting_slot=setting_slot,
        employer=np.full((len(slots), len(setup.team_names)), NOBODY, dtype=np.int32),
        prime_slot=np.full(shape, NOBODY, dtype=np.int32),
        delivery=np.full(shape, SUBCONTRACT, dtype=np.int8),
        hub=np.zeros(shape, dtype=np.uint8),
        choice_rule=np.full(shape, ANY, dtype=np.int8),
        prime_link=np.full(shape, setup.losses.established),
        network=np.full(len(practices), NOBODY, dtype=np.int32),
        network_record=np.zeros((0, len(bodies))),
        network_link=np.zeros((0, len(bodies))),
        network_member=np.zeros((0, len(bodies)), dtype=bool),
        network_team=np.zeros((0, len(bodies)), dtype=bool),
        clinic_slot=clinic,
        discharge_loss=np.ones(len(practices)),
        trusts=len(place.trusts),
    )


SEPARABLE_SERVICES = ("community", "mental_health")  # services that can change hands by themselves


#: A trust's body, or a body, its commissioner and what of it can change hands by itself.
type Slot = int | tuple[int, int, str]


def _slot(slots: list[Slot], body: int, commissioner: int, setting: str) -> int:
    """The slot of a body for one commissioner's patients; made if there is none."""
    slot = (body, commissioner, setting if setting in SEPARABLE_SERVICES else "")
    if slot not in slots:
        slots.append(slot)
    return slots.index(slot)


def _providers(place: Place, bodies: Bodies, setting: str, commissioner: str) -> list[int]:
    """The body that serves each pathway in a setting; where none is written, the most usual one."""
    services = place.services
    name = PLACE_SETTING.get(setting, setting)
    rows = services[
        (services["commissioner"] == commissioner)
        & (services["setting"] == name)
        & (services["provider"] != "")
    ]
    written = dict(zip(rows["pathway"], rows["provider"], strict=True))
    usual = rows["provider"].mode().iloc[0] if len(rows) else "elsewhere"
    return [bodies.number[written.get(pathway, usual)] for pathway in PATHWAYS]


def _lines(place: Place, sites: int) -> Lines:
    offers = {"all": slice(None), "elective_only": slice(None), "none": slice(0, 0)}
    opened = np.zeros((sites, len(PATHWAYS)), dtype=bool)
    for row, planned in enumerate(place.sites["planned_lines"]):
        if planned in offers:
            opened[row, offers[planned]] = True
        else:
            opened[row, [PATHWAYS.index(line) for line in planned.split("+")]] = True
    shape = opened.shape
    return Lines(
        open=opened,
        pull=np.ones(shape),
        capacity=np.zeros(shape),
        backlog=np.zeros(shape),
        years_of_loss=np.zeros(shape),
        unit_cost=np.ones(shape),
        base_income=np.zeros(shape),
        base_emergency=np.zeros(shape),
        urgent_fixed=np.zeros(shape),
        urgent_semi=np.zeros(shape),
        fixed_kept=np.ones(shape),
        semi_kept=np.ones(shape),
        stay=np.ones(shape),
        overnight=np.ones(shape),
        only_simple=np.zeros(shape, dtype=bool),
        case_mix=np.ones(shape),
    )


def settle_people(residents: Residents, world: World, seed: int) -> None:
    """Give the first residents their conditions."""
    settle(residents.people, world, seed)
