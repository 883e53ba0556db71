"""Real places from published statistics: the people of some commissioners and all who serve them.

`build_place` reads England from either of two sets of files (the joined tables of 2014/15, or the
files as officially published) and cuts out the place. Nothing is downloaded.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from agents.numerics.random_streams import STREAM_PLACE, key_of, keyed_uniform
from model.input.errors import InputError
from model.parameters import Parameters, load_parameters
from model.places.commissioner_codes import commissioners_meant, refused
from model.places.homes_and_flows import homes_of_patients, hospital_shares, points_km
from model.places.named_places import named_places
from model.places.place import Place, check, make_place
from model.places.sources.joined import Sources, joined_sources
from model.places.sources.official import official_sources
from model.places.sources.published_statistics import OF_ITS_OWN, REGISTERS
from model.places.sources.registered import kind_of_lists
from model.places.sources.services import services_table
from model.places.sources.source_files import JOINED, Files, found_files
from model.rules import years_with_rules

YEAR = 2014
LICENCE = "Contains public sector information licensed under the Open Government Licence v3.0."
#: Kinds of files with registers: of practices, of commissioners.
REGISTER_FILES = (("qof", "qof_prevalence"), ("qof_commissioners", "qof_workbook"))
BLOCK_KINDS = ("mental_health", "community", "ambulance")  # of trusts that are paid in blocks


def build_place(data: Path, commissioners: list[str], name: str) -> Place:
    """The place of these commissioners (codes; "*" is all England) from the folder `data`.

    `data` holds the joined tables, the official files, or both (then the joined ones count); files
    are known by their content. `InputError` names what is missing or wrong. `name`: what the place
    is
    to be called.
    """
    parameters, files = load_parameters(), found_files(Path(data))
    joined = any(kind in files for kind in JOINED)
    england = (joined_sources if joined else official_sources)(files, parameters)
    codes = _commissioners_of(england, commissioners, data)
    year, notes = _year_of(files, "practices" if joined else kind_of_lists(files))
    title = named_places().get(name, {}).get("title", name.replace("_", " ").title())
    tables = _tables(england, codes, parameters)
    tables["registers"], told = _registers_of(tables["registers"], files)
    return check(
        make_place(
            name=name,
            title=title,
            year=year,
            sources=[*files.sources(), *england.notes, *notes, *told],
            files=files.records(),
            licence=LICENCE,
            synthetic=False,
            tables=tables,
        )
    )


def _registers_of(england: pd.DataFrame, files: Files) -> tuple[pd.DataFrame, list[str]]:
    """The registers of a place, which are none if nobody of it is counted; what to say of them.

    A file that counts others alone is not used.
    """
    for kinds, is_counted in zip(REGISTER_FILES, OF_ITS_OWN, strict=True):
        for kind in kinds:
            if kind in files and not england[is_counted].any():
                files.tell(kind, 0)
    own = england[england[list(OF_ITS_OWN)].any(axis=1)]
    kept = england if len(own) else own
    lacking = sorted(set(REGISTERS.values()) - set(kept["condition"]))
    borrowed = kept[~kept[list(OF_ITS_OWN)].any(axis=1)]["practice"].nunique()
    notes = [f"no registers of: {', '.join(lacking)}; they are as common as ages let expect"]
    others = f"{borrowed:,} practices are in no register: they have the rates of those that are"
    told = notes * bool(len(kept) and lacking) + [others] * bool(borrowed)
    return kept[["practice", "condition", "prevalence"]], told


def _year_of(files: Files, lists: str) -> tuple[int, list[str]]:
    """The year whose rules hold: that of the lists of patients, as far as rules are known."""
    said, (first, last) = files.vintage(lists).financial_year(), years_with_rules()
    if said is None:
        return YEAR, [f"of when the lists are is not known: the rules are those of {YEAR}"]
    year = min(max(said, first), last)
    why = f"rules are known for {first} to {last}: those of {year} are taken, lists are of {said}"
    return year, [why] if year != said else []


def _commissioners_of(england: Sources, wanted: list[str], data: Path) -> list[str]:
    known = sorted(set(england.practices["commissioner"]) & set(england.areas["commissioner"]))
    if not known:
        raise InputError(
            "no commissioner has both practices and areas", file=data, key="commissioners"
        )
    if wanted == ["*"]:
        return known
    if not wanted:
        raise InputError("there is no commissioner", key="commissioners")
    meant = {one: commissioners_meant(one, known, england.commissioners) for one in wanted}
    for one in wanted:
        if not meant[one]:
            raise refused(one, known, data)
    return sorted({code for codes in meant.values() for code in codes})


def _tables(england: Sources, codes: list[str], parameters: Parameters) -> dict[str, pd.DataFrame]:
    practices = england.practices
    practices = practices[practices["commissioner"].isin(codes) & (practices["list_size"] > 0)]
    areas = england.areas[england.areas["commissioner"].isin(codes)]
    practices, areas = practices.reset_index(drop=True), areas.reset_index(drop=True)
    market = SourceMarket(england, parameters)
    trusts, sites = market.cut_out(codes)
    registered = practices.groupby("commissioner")["list_size"].sum()
    named = england.commissioners.set_index("commissioner")["name"].reindex(codes)
    councils = {market.providers[code]["council"] for code in codes} | set(areas["council"])
    return {
        "areas": areas,
        "practices": practices,
        "registers": england.registers[england.registers["practice"].isin(practices["practice"])],
        "lists": homes_of_patients(practices, areas, parameters),
        "trusts": trusts,
        "sites": sites,
        "commissioners": pd.DataFrame(
            {
                "commissioner": codes,
                "name": named.fillna(pd.Series(codes, index=codes)).to_numpy(),
                "population": registered.reindex(codes).to_numpy(),
            }
        ),
        "councils": england.councils[england.councils["council"].isin(councils)],
        "services": services_table({code: market.providers[code] for code in codes}, parameters),
    }


class SourceMarket:
    """Who serves whom in England: predicted flows to hospitals, block providers by commissioner."""

    def __init__(self, england: Sources, parameters: Parameters):
        self.england, self.parameters = england, parameters
        self.people = england.areas["population"].to_numpy(float)
        acute = england.sites["role"] == "acute"
        self.acute = england.sites[acute].reset_index(drop=True)
        self.independent = england.sites[england.sites["role"] == "independent"]
        self.independent = self.independent.reset_index(drop=True)
        if self.acute.empty:
            raise InputError("no hospital with beds is left of these files", key="hospitals")
        self.flows = self._flows_by_trust(self.acute)
        self.new_trusts: list[dict[str, Any]] = []
        self.centres = self._centres()
        self.block_sites = {kind: self._sites_of(kind) for kind in BLOCK_KINDS}
        self.providers = {code: self._providers_of(code) for code in self.centres.index}

    def _flows_by_trust(self, sites: pd.DataFrame) -> pd.DataFrame:
        """Patients [areas, trusts] predicted to use each trust's sites."""
        patients = hospital_shares(self.england.areas, sites, self.parameters)
        patients = patients * self.people[:, None]
        return pd.DataFrame(patients, columns=sites["trust"]).T.groupby(level=0).sum().T

    def _centres(self) -> pd.DataFrame:
        """Population-weighted point and population of every commissioner."""
        areas = self.england.areas
        moments = areas[["easting_km", "northing_km"]].mul(self.people, axis=0)
        sums = moments.assign(population=self.people).groupby(areas["commissioner"]).sum()
        for axis in ("easting_km", "northing_km"):
            sums[axis] /= sums["population"]
        return sums

    def _providers_of(self, code: str) -> dict[str, str]:
        """The provider by setting of one commissioner; its community owner is a keyed draw."""
        centre = points_km(self.centres.loc[[code]])[0]
        mental_health = self._nearest_body("mental_health", centre)
        owner = self._community_owner(code)
        chosen = {
            "mental_health": mental_health,
            "acute": str(self.flows[self._in(code)].sum().idxmax()),
            "community": self._nearest_body("community", centre),
        }
        if owner not in chosen or not chosen[owner]:
            chosen[owner] = self._new_trust(code, owner)
        return {
            "community": chosen[owner],
            "mental_health": mental_health or self._new_trust(code, "mental_health"),
            "ambulance": self._nearest_body("ambulance", centre)
            or self._new_trust(code, "ambulance"),
            "hospice": self._new_trust(code, "hospice"),
            "council": self._council_of(code),
        }

    def _in(self, code: str) -> np.ndarray:
        return (self.england.areas["commissioner"] == code).to_numpy()

    def _community_owner(self, code: str) -> str:
        shares = self.parameters["geography.community_owner_shares"]
        draw = keyed_uniform(0, STREAM_PLACE, np.uint64(key_of(code)), 0, 0)
        reached = np.cumsum(list(shares.values())) / sum(shares.values())
        owner: str = list(shares)[int(np.searchsorted(reached, draw))]
        return owner

    def _nearest_body(self, kind: str, centre_km: np.ndarray) -> str:
        """The trust of a kind with the strongest pull: beds near, discounted by distance."""
        points, beds, trusts = self.block_sites[kind]
        if beds.empty:
            return ""
        away = np.hypot(*(points - centre_km).T)
        reach = self.parameters["geography.body_reach_km"]
        pull = np.log(beds + 1.0) - away / reach
        # The largest of the sums of exponentials, taken relative to the best site (no underflow).
        return str(np.exp(pull - pull.max()).groupby(trusts).sum().idxmax())

    def _sites_of(self, kind: str) -> "tuple[np.ndarray, pd.Series, pd.Series]":
        """Points, beds and trusts of the sites of all trusts of a kind."""
        trusts = self.england.trusts
        codes = trusts.loc[trusts["kind"] == kind, "trust"]
        sites = self.england.sites[self.england.sites["trust"].isin(codes)]
        return points_km(sites), sites["beds"], sites["trust"]

    def _new_trust(self, code: str, kind: str) -> str:
        """A body that no return names, such as a social enterprise or the voluntary sector."""
        beds_of = {
            of: self.parameters[f"geography.{of}_beds_per_1000"]
            for of in ("community", "mental_health", "hospice")
        }
        about = {
            "social_enterprise": ("community", "Social enterprise", beds_of["community"]),
            "independent": ("independent", "Community contractor", 0.0),
            "community": ("community", "Community services", beds_of["community"]),
            "mental_health": ("mental_health", "Mental health services", beds_of["mental_health"]),
            "ambulance": ("ambulance", "Ambulance service", 0.0),
            "hospice": ("hospice", "Hospices and voluntary bodies", beds_of["hospice"]),
        }
        trust_kind, title, beds_per_1000 = about[kind]
        centre = self.centres.loc[code]
        trust = f"{code}_{kind}"
        point = {"easting_km": centre["easting_km"], "northing_km": centre["northing_km"]}
        beds = round(beds_per_1000 * centre["population"] / 1000)
        row = {"trust": trust, "name": f"{title} ({code})", "kind": trust_kind, "beds": beds}
        self.new_trusts.append(row | point)
        return trust

    def _council_of(self, code: str) -> str:
        own = self._in(code)
        people = pd.Series(self.people[own]).groupby(self.england.areas["council"][own].to_numpy())
        return str(people.sum().idxmax())

    def cut_out(self, codes: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Trusts and sites that serve these commissioners."""
        everyone = pd.concat([self.england.trusts, pd.DataFrame(self.new_trusts)])
        everyone = everyone[everyone["kind"].notna()]
        share = self._acute_shares(codes) | self._independent_shares(codes)
        share |= self._block_shares(codes, share)
        trusts = everyone[everyone["trust"].isin(share)]
        trusts = trusts.assign(modelled_share=trusts["trust"].map(share).clip(0.0, 1.0))
        sites = self._sites(trusts, codes)
        # A company's hospitals elsewhere are no part of the place: beds are those of its sites.
        beds = trusts["trust"].map(sites.groupby("trust")["beds"].sum())
        return trusts.assign(beds=beds), sites

    def _acute_shares(self, codes: list[str]) -> dict[str, float]:
        """Modelled share of each acute trust with enough of some commissioner's patients."""
        flows = self.flows.groupby(self.england.areas["commissioner"].to_numpy()).sum()
        part = flows.div(flows.sum(axis=1), axis=0).loc[codes]
        chosen = part.columns[(part >= self.parameters["geography.smallest_trust_share"]).any()]
        shares: dict[str, float] = (flows.loc[codes, chosen].sum() / flows[chosen].sum()).to_dict()
        return shares

    def _independent_shares(self, codes: list[str]) -> dict[str, float]:
        """Modelled share of the hospitals within reach, by independent company."""
        if self.independent.empty:
            return {}
        near = self._near(self.independent, codes)
        share = hospital_shares(self.england.areas, self.independent, self.parameters)
        owners = self.independent.loc[near, "trust"]
        patients = pd.DataFrame((share * self.people[:, None])[:, near], columns=owners)
        own = np.isin(self.england.areas["commissioner"], codes)
        here, everyone = (flow.sum().groupby(level=0).sum() for flow in (patients[own], patients))
        return {str(owner): float(share) for owner, share in (here / everyone).items()}

    def _near(self, sites: pd.DataFrame, codes: list[str]) -> np.ndarray:
        areas = self.england.areas[np.isin(self.england.areas["commissioner"], codes)]
        away = cKDTree(points_km(areas)).query(points_km(sites))[0]
        near: np.ndarray = away <= self.parameters["geography.independent_reach_km"]
        return near

    def _block_shares(self, codes: list[str], known: dict[str, float]) -> dict[str, float]:
        """Modelled share of block providers: people of these commissioners among all they serve."""
        everyone, here = dict[str, float](), dict[str, float]()
        for code, by_setting in self.providers.items():
            people = float(self.centres.loc[code, "population"])
            for trust in {by_setting[s] for s in by_setting if s != "council"} - set(known):
                everyone[trust] = everyone.get(trust, 0.0) + people
                here[trust] = here.get(trust, 0.0) + people * (code in codes)
        return {trust: here[trust] / everyone[trust] for trust in here if here[trust] > 0}

    def _sites(self, trusts: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
        """Acute sites, independent hospitals in reach, and one main site of every other trust."""
        acute = self.acute[self.acute["trust"].isin(trusts["trust"])]
        lines = np.where(acute["emergency"], "all", "elective_only")
        acute = acute.assign(planned_lines=lines)
        some = len(self.independent) > 0
        near = self._near(self.independent, codes) if some else np.zeros(0, bool)
        clinics = self.independent[near].assign(planned_lines="msk+other_planned")
        placed = [*acute["trust"], *clinics["trust"]]
        rest = trusts[~trusts["trust"].isin(placed)]
        main = rest.assign(site=rest["trust"] + "_main", emergency=False, planned_lines="none")
        return pd.concat([acute, clinics, main], ignore_index=True)
