"""Integrated organisations: what they are, have decided, and fare."""

from dataclasses import dataclass, field

import numpy as np

from agents.choice.learning import Belief
from model.policies.policy import PopulationContract


@dataclass
class Service:
    """A service that is to keep an integrated organisation's patients out of hospital."""

    believed: float  # share of emergency spend that it avoids at full skill
    how: str = "do_without"  # or make, or buy
    skill: float = 0.0  # of the organisation's own team, 0 to 1


@dataclass
class Beliefs:
    """What each practice expects an organisation to have left, as a share of its capitation."""

    mean: np.ndarray  # [practices]
    spread: np.ndarray  # how unsure it is, standard deviation [practices]

    def of(self, practice: int) -> Belief:
        """What `practice` expects."""
        return Belief(float(self.mean[practice]), float(self.spread[practice]))

    def update(self, practice: int, seen: float, noise: float, most_seen: float) -> None:
        """What `practice` expects after a report with an error of this standard deviation.

        A share beyond `most_seen` is taken for an error, and for that.
        """
        belief = self.of(practice).after(seen, noise, most_seen)
        self.mean[practice], self.spread[practice] = belief.mean, belief.spread


@dataclass(frozen=True)
class YearResult:
    """A whole year of an integrated organisation, before its result was shared."""

    month: int  # in which the year closed
    share: float  # of the capitation received that was left, its own costs paid; or, negative, lost
    spread: float  # of it by luck, standard deviation
    members: np.ndarray  # bool [practices], of that year


@dataclass
class Integrated:
    """An integrated organisation: its body, what it has decided, and how it fares."""

    body: int
    code: str
    commissioner: int
    network: int
    slot: int
    terms: PopulationContract
    invited: np.ndarray  # bool [practices]
    capitation_pence: np.ndarray  # a month [practices, CHARGES]
    beliefs: Beliefs  # of the practices
    leaders_belief: Belief  # in the same
    effect: float  # believed, of case management on emergency spending
    founded_month: int
    lead: str  # practices, community, acute or outside
    leader: int  # body, or NOBODY where the practices lead themselves
    hospital: int  # body of the acute trust it works with
    reserve_pence: np.ndarray  # int64 [practices], put up for each member's list
    standing: dict[str, float] = field(default_factory=dict)  # factors on bargaining power
    clinics: str = "buy_all"
    clinic_skill: float = 0.0  # share of them that is held there by now
    coverage: str = "nobody"
    apparent_effect: float = 0.0  # of case management, by a comparison without controls
    services: dict[str, Service] = field(default_factory=dict)
    steering: str = "refer_freely"  # what members are asked for, of `steering.STRENGTH`
    ability: float = 1.0  # effect of its services relative to the mean organisation's
    opening_balance: int = 0
    received_pence: int = 0  # of capitation since the last settlement
    results: list[YearResult] = field(default_factory=list)
    ended_month: int = -1
    end: str = ""  # surrendered, insolvent or no_members

    @property
    def parties(self) -> tuple[PopulationContract, str, dict[str, float]]:
        """Who shares its results, and with what power, as `gain_sharing` asks for it."""
        return self.terms, self.lead, self.standing


@dataclass
class IntegratedCare:
    """The integrated organisations of a place."""

    organisations: list[Integrated] = field(default_factory=list)
    former: list[Integrated] = field(default_factory=list)
