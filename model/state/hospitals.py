"""Hospitals and their trusts: planned lines, departments, quality, results."""

from dataclasses import dataclass

import numpy as np

from model.state.provision import Provision


@dataclass
class Lines:
    """Planned service lines of every site [sites, 13]: operations a month and pounds."""

    open: np.ndarray  # bool
    pull: np.ndarray  # factor on the odds of being chosen, less than 1 if it was shut once
    capacity: np.ndarray  # operations a month
    backlog: np.ndarray  # operations waited for
    years_of_loss: np.ndarray
    unit_cost: np.ndarray  # pence for a pound of tariff income at the start, over 100
    base_income: np.ndarray  # pence a month at the start, planned
    base_emergency: np.ndarray  # pence a month at the start, emergencies
    urgent_fixed: np.ndarray  # of it what fixed cost is carried for
    urgent_semi: np.ndarray  # and what semi-fixed cost is carried for
    fixed_kept: np.ndarray  # share of the fixed cost still carried (1 unless closed for years)
    semi_kept: np.ndarray  # share of the semi-fixed cost still carried
    stay: np.ndarray  # length of stays, 1 at the start
    overnight: np.ndarray  # share of operations that stay overnight, 1 at the start
    only_simple: np.ndarray  # bool, whether patients with several conditions are refused
    case_mix: np.ndarray  # cost of this month's patients relative to those of a usual mix


@dataclass
class MarketForces:
    """How dear the places of sites are [sites], against their mean; 1 until books are opened."""

    index: np.ndarray  # factor as it is published
    cost: np.ndarray  # unavoidable cost
    paid: np.ndarray  # what the tariff is multiplied by under the rules in force


@dataclass
class QualityStart:
    """Where every trust's quality began, and what a step was worth in money [trusts]."""

    steps: np.ndarray
    net: np.ndarray  # pounds a year, less what it cost
    drawn: np.ndarray  # of it, income for patients drawn


@dataclass
class Hospitals:
    """All that changes of hospitals and of the trusts that own them."""

    lines: Lines
    market_forces: MarketForces
    emergency_open: np.ndarray  # uint8 [sites], 1 = has a major emergency department
    closed_sites: np.ndarray  # bool [sites], which no longer treat anybody
    quality: np.ndarray  # [trusts], steps
    quality_step: float  # standard deviations
    quality_start: QualityStart
    outside_planned: np.ndarray  # [sites, 13], patients from outside a month, by the first site
    first_attraction: np.ndarray  # [sites, 13], of lines at the start, apart from distance
    outside_emergency: np.ndarray  # [sites, 13]
    deficit_years: np.ndarray  # of every trust in a row [trusts]
    deficits: np.ndarray  # pence that it lost in them, what comes once apart [trusts]
    made_good: np.ndarray  # pence of these that public money has paid since [trusts]
    results: np.ndarray  # pence that recurred of last year's result; nought if owned [trusts]
    failures: np.ndarray  # years in which the regulator saw it fail, since it last broke even
    administered: np.ndarray  # failures of these that an administrator has dealt with
    saved_share: np.ndarray  # of cost, since the start [trusts]
    steering: list[str]  # what each trust asks of the practices that it runs

    def site_quality(self, provision: Provision) -> np.ndarray:
        """Quality of each site's trust in standard deviations [sites]."""
        quality: np.ndarray = self.quality_step * self.quality[provision.site_slot]
        return quality
