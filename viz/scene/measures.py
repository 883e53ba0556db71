"""The figures of a month that the map and the charts show, taken from a living economy.

Rates are over the last twelve months, those before the policy included. The market and
continuity take longer to measure: they are measured every quarter and held in between.
"""

import numpy as np

from agents.patients.patient_tables import COUNTS
from model.month.economy import HealthEconomy
from model.outcomes.market import Market, market_of
from model.outcomes.people_year import team_continuity
from model.outcomes.record import Record
from model.outcomes.scoreboard import MULTIMORBID_GROUPS

YEAR, QUARTER = 12, 3
PENCE_PER_MILLION = 100_000_000.0
LOST = [COUNTS.index(f"lost_{kind}") for kind in ("within_team", "within_body", "between_bodies")]
PERSON_MONTHS, EMERGENCIES = COUNTS.index("person_months"), COUNTS.index("emergencies")
TRUSTS = ("acute", "community", "mental_health", "independent")
NOBODY = -1
SERIES = (
    "hhi", "hhi_holding", "few_alternatives", "lost_handovers", "lost_handovers_many",
    "coc_team_many", "emergencies", "wait_months", "trust_balance", "commissioner_balance",
)  # fmt: skip


class Measures:
    """What one economy looks like, month by month. It reads the economy and never changes it."""

    def __init__(self, economy: HealthEconomy, before: Record):
        self.economy, self.before = economy, before
        self.opening = economy.state.money.ledger.balance.copy()
        self.quarterly: tuple[Market, float] | None = None
        self.rows: list[list[float | None]] = []  # [months lived + 1][SERIES], first the start

    def read(self) -> dict[str, np.ndarray]:
        """Keep the month's series; the arrays of the map for this month."""
        if self.quarterly is None or self.economy.state.month % QUARTER == 0:
            self.quarterly = (
                market_of(self.economy.setup, self.economy.state),
                team_continuity(self.economy.state.residents.people),
            )
        market, _ = self.quarterly
        self.rows.append([_plain(value) for value in self._series(market)])
        return self._areas(market) | self._practices() | self._sites()

    def _year(self, kept: str) -> list[np.ndarray]:
        """What the records kept of the last twelve months, the burn-in's months included."""
        months: list[np.ndarray] = getattr(self.economy.record, kept)[-YEAR:]
        lacking = YEAR - len(months)
        return [*getattr(self.before, kept)[-lacking:], *months] if lacking else months

    def _series(self, market: Market) -> list[float]:
        economy = self.economy
        assert self.quarterly is not None
        people = economy.setup.place.areas["population"].to_numpy(np.float64)
        counts = np.sum(self._year("by_group"), axis=0)
        return [
            float(np.average(market.hhi, weights=people)),
            market.hhi_holding,
            100.0 * float(np.average(market.few_alternatives, weights=people)),
            _rate(counts, LOST, 100.0),
            _rate(counts[MULTIMORBID_GROUPS], LOST, 100.0),
            self.quarterly[1],
            _rate(counts, [EMERGENCIES], 1000.0),
            self._wait(),
            self._balance(*TRUSTS),
            self._balance("commissioner"),
        ]

    def _wait(self) -> float:
        seen, wait = self._year("planned")[-1], self._year("wait")[-1]
        return float((seen * wait).sum() / max(seen.sum(), 1))

    def _balance(self, *kinds: str) -> float:
        """Millions of pounds since the policy began."""
        state = self.economy.state
        bodies = [b for b in state.bodies.of_kind(*kinds) if b < state.money.ledger.balance.size]
        before = np.zeros(state.money.ledger.balance.size, dtype=np.int64)
        before[: self.opening.size] = self.opening
        return float((state.money.ledger.balance - before)[bodies].sum()) / PENCE_PER_MILLION

    def _areas(self, market: Market) -> dict[str, np.ndarray]:
        counts = np.sum(self._year("by_area"), axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):  # of nobody, nothing is known
            lost = 100.0 * YEAR * counts[:, LOST].sum(axis=1) / counts[:, PERSON_MONTHS]
        return {
            "alternatives": market.alternatives.astype(np.float32),
            "few": market.few_alternatives.astype(np.float32),
            "lost": lost.astype(np.float32),
            "main_site": self._main_sites(),
        }

    def _site_shares(self) -> np.ndarray:
        """Share of a practice's planned spending that goes to each candidate [practices, 10]."""
        state = self.economy.state
        spend = (state.yearbooks.last_year.planned_spend + state.yearbooks.year.planned_spend)[
            :, None, :
        ]
        flow = (state.referrals.shares * spend).sum(axis=2)
        shares: np.ndarray = flow / np.maximum(flow.sum(axis=1, keepdims=True), 1e-30)
        return shares

    def _main_sites(self) -> np.ndarray:
        """The site that most planned referrals of an area go to [areas]."""
        state, geography = self.economy.state, self.economy.setup.geography
        shares, sites = self._site_shares(), len(self.economy.setup.place.sites)
        flow = np.zeros((len(self.economy.setup.place.areas), sites))
        practice = state.practices.pair_practice
        candidate = np.maximum(geography.candidate[practice], 0)
        weight = shares[practice] * state.practices.pair_patients[:, None]
        np.add.at(flow, (geography.pair_area[:, None], candidate), weight)
        return np.where(flow.any(axis=1), flow.argmax(axis=1), NOBODY).astype(np.int16)

    def _practices(self) -> dict[str, np.ndarray]:
        state = self.economy.state
        networks = {o.network: n for n, o in enumerate(state.integrated.organisations)}
        letter = [networks.get(int(network), NOBODY) for network in state.provision.network]
        return {
            "letter": np.array(letter, dtype=np.int8),
            "trust": state.practices.owned_trust.astype(np.int16),
            "list": state.practices.lists.astype(np.int32),
            "to_site": self._site_shares().astype(np.float32),
        }

    def _sites(self) -> dict[str, np.ndarray]:
        state = self.economy.state
        planned, urgent = self._year("planned"), self._year("emergency")
        return {
            "owner": state.provision.site_owner(state.bodies).astype(np.int16),
            "open_lines": state.hospitals.lines.open.sum(axis=1).astype(np.uint8),
            "department": (state.hospitals.emergency_open > 0).astype(np.uint8),
            "closed": state.hospitals.closed_sites.astype(np.uint8),
            "referrals": np.mean(planned, axis=0).sum(axis=1).astype(np.float32),
            "urgent": np.mean(urgent, axis=0).sum(axis=1).astype(np.float32),
        }


def _rate(counts: np.ndarray, columns: list[int], per: float) -> float:
    """Events a year for `per` people."""
    return float(per * YEAR * counts[:, columns].sum() / max(counts[:, PERSON_MONTHS].sum(), 1))


def _plain(value: float) -> float | None:
    """A number that JSON knows, to six figures."""
    return float(f"{value:.6g}") if np.isfinite(value) else None
