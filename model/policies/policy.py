"""A policy: which contracts, members, links and rules differ from the status quo, and from when.

A policy is a TOML file in `policies/`; a new policy is a new file. Policies add: `a + b`. Nothing
in the model asks for a policy's name.
"""

from datetime import date
from typing import Any, Literal, LiteralString, get_args

import pydantic
from pydantic_core import PydanticCustomError

from model.input.errors import InputError
from model.input.faults import OTHER_KIND
from model.pathway_names import PATHWAYS
from model.rules import load_rules, rules_of_year, years_later

# Amounts of one payment, so large that no sum of the books can wrap: 64 bits hold 9 * 10^18 pence,
# and all practices of England paid the most for every month of 50 years come to 5 * 10^16.
MOST_PENCE, MOST_PENCE_PER_PATIENT = 1_000_000_000, 100_000
Pathway = Literal[tuple(PATHWAYS)]  # type: ignore[valid-type]


class Terms(pydantic.BaseModel):
    """Something written down: fixed, without room for misspelt fields, and taken for what it is."""

    model_config = pydantic.ConfigDict(extra="forbid", frozen=True)

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _is_nothing_else(cls, value: Any, about: pydantic.ValidationInfo) -> Any:
        """A text or a yes is no number, and a number is neither a yes nor a day."""
        kind = cls.model_fields[str(about.field_name)].annotation
        if problem := _of_another_kind(value, {kind, *get_args(kind)}):
            raise PydanticCustomError(OTHER_KIND, problem)
        return value

    @pydantic.field_validator("*")
    @classmethod
    def _stands_once(cls, value: Any, about: pydantic.ValidationInfo) -> Any:
        if isinstance(value, tuple) and about.field_name not in MAY_STAND_TWICE:
            for k, one in enumerate(value):
                if one in value[:k]:
                    told = f"[[{about.field_name}]]" if isinstance(one, Terms) else one
                    raise ValueError(f"{told} can stand once only")
        return value


MAY_STAND_TWICE = {"rivals"}  # two organisations may have leaders of one kind


def _of_another_kind(value: Any, kinds: set[Any]) -> LiteralString | None:
    """What is wrong with a value that could be taken for one of these kinds; None if nothing is."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if value is None or str in kinds:
        return None
    if kinds & {int, float}:
        return None if number else "not a number"
    if bool in kinds:
        return None if isinstance(value, bool) else "neither true nor false"
    return "not a date" if date in kinds and not isinstance(value, str | date) else None


class PathwayContract(Terms):
    """One contract for all planned care of some pathways, awarded to a prime provider by tender.

    adoption: "required" = the commissioner must invite bids; "allowed" = it decides.
    choice: who may treat under the contract: "any" provider, the prime's "network" (trusts of the
    place, no independent but the prime), or "closed" (the prime's own sites only).
    delivery: "decide" = the prime decides to subcontract or do the clinics itself.
    """

    pathways: tuple[Pathway, ...] = pydantic.Field(min_length=1)  # type: ignore[valid-type]
    adoption: Literal["required", "allowed"] = "required"
    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    term_years: int = pydantic.Field(default=5, ge=1, le=15)
    ceiling_share: float = pydantic.Field(default=1.0, gt=0, le=1.5)
    single_point_of_access: bool = True
    choice: Literal["any", "network", "closed"] = "any"
    delivery: Literal["decide", "subcontract", "do_the_work"] = "decide"


Leader = Literal["practices", "community", "acute", "outside"]


class PopulationContract(Terms):
    """A capitated contract for all care of the lists of the practices that join.

    invited_share: of the commissioner's practices; community: whether its community teams are
    "transferred" to the organisation or stay "separate".
    lead: who owns the organisation and its results with the members; "outside" is a firm that is
    new to the place. rivals: leaders of further organisations that invite the same practices.
    partners: providers that share in the results without leading. choice: who may give members'
    patients planned care: "any" provider, the "network" (trusts of the place, no independent), or
    "closed" (the sites of the acute trust that leads, or that treats most of them).
    risk_up and risk_down: share of an under- and overspend that is the organisation's; corridor:
    as a share of a year's capitation, beyond which results are the commissioner's (1 = none);
    floor: the same for losses only. stop_loss_pounds: of a patient's cost a year, beyond which it
    is the commissioner's (none given: the usual one). reserve_share: of a year's capitation, put up
    by the leader for every list that joins. deficits: what becomes of one that the reserve cannot
    bear: it is "carried" forward, the "leader" covers it, or it means "insolvency".
    notice_months: from giving the contract up to its end.
    """

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    invited_share: float = pydantic.Field(default=1.0, gt=0, le=1)
    community: Literal["transferred", "separate"] = "transferred"
    lead: Leader = "practices"
    rivals: tuple[Leader, ...] = pydantic.Field(default=(), max_length=3)
    partners: tuple[Literal["acute", "community"], ...] = ()
    choice: Literal["any", "network", "closed"] = "any"
    risk_up: float = pydantic.Field(default=1.0, ge=0, le=1)
    risk_down: float = pydantic.Field(default=1.0, ge=0, le=1)
    corridor: float = pydantic.Field(default=1.0, gt=0, le=1)
    floor: float = pydantic.Field(default=1.0, gt=0, le=1)
    stop_loss_pounds: float | None = pydantic.Field(default=None, ge=5_000, le=1_000_000)
    reserve_share: float = pydantic.Field(default=0.0, ge=0, le=0.2)
    deficits: Literal["carried", "leader", "insolvency"] = "carried"
    notice_months: int = pydantic.Field(default=6, ge=3, le=12)
    shared_records: bool = True
    joint_teams: bool = True


class Merger(Terms):
    """The place's largest acute trust takes over all bodies of some kinds; teams stay."""

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    kinds: tuple[Literal["acute", "community", "mental_health"], ...] = pydantic.Field(
        default=("community",), min_length=1
    )


class JointTeams(Terms):
    """Bodies of some kinds work in joint teams with the practices; bodies stay."""

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    kinds: tuple[Literal["acute", "community", "mental_health", "council"], ...] = pydantic.Field(
        default=("acute", "community"), min_length=1
    )
    shared_records: bool = True
    joint_teams: bool = True


class CaseManagement(Terms):
    """Case managers, paid by commissioners, for patients of some practices at highest risk.

    practice_share: of each commissioner's practices; covered_share: of their patients.
    """

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    practice_share: float = pydantic.Field(default=1.0, gt=0, le=1)
    covered_share: float = pydantic.Field(default=0.02, gt=0, le=0.2)


EnrolledService = Literal["case_finding", "contacts", "substitution", "own_doctor", "adherence"]


class Enrolment(Terms):
    """A programme that commissioners pay for: patients of some practices are enrolled, one by one.

    practice_share: of each commissioner's practices. youngest and oldest: years of age; conditions:
    one of these or more; least_conditions: so many of all; past_admissions: so many emergency
    admissions in the last NHS year. picked_by: who comes first, by the "risk_score" or by the
    practice's "judgement". capacity_share: places, as a share of these practices' patients.
    discharged_after_quiet_year: who has been in for a year leaves after an NHS year without an
    emergency admission. services: what it does; contacts_a_year: of each person with its team;
    pence_per_enrolled_year: what it costs (none given: the usual).
    """

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    end_month: int | None = pydantic.Field(default=None, ge=0, le=600)
    practice_share: float = pydantic.Field(default=1.0, gt=0, le=1)
    youngest: int = pydantic.Field(default=0, ge=0, le=120)
    oldest: int = pydantic.Field(default=120, ge=0, le=120)
    conditions: tuple[str, ...] = ()
    least_conditions: int = pydantic.Field(default=0, ge=0, le=13)
    past_admissions: int = pydantic.Field(default=0, ge=0, le=20)
    picked_by: Literal["risk_score", "judgement"] = "risk_score"
    capacity_share: float = pydantic.Field(default=0.01, gt=0, le=0.5)
    discharged_after_quiet_year: bool = False
    services: tuple[EnrolledService, ...] = get_args(EnrolledService)
    contacts_a_year: float | None = pydantic.Field(default=None, ge=0, le=365)
    pence_per_enrolled_year: int | None = pydantic.Field(default=None, ge=0, le=10_000_000)

    @pydantic.field_validator("conditions")
    @classmethod
    def _names_conditions(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        from agents.patients.health import CONDITIONS  # compiled rules, slow to import

        for name in names:
            if name not in CONDITIONS:
                raise ValueError(f"no condition is called {name}: {', '.join(CONDITIONS)}")
        return names

    @pydantic.model_validator(mode="after")
    def _leaves_room(self) -> "Enrolment":
        if self.end_month is not None and self.end_month <= self.start_month:
            raise ValueError("end_month must be later than start_month")
        if self.oldest < self.youngest:
            raise ValueError("oldest must not be below youngest")
        return self


class PracticeTakeovers(Terms):
    """Acute trusts may run general practices with salaried doctors, if both sides want it."""

    start_month: int = pydantic.Field(default=0, ge=0, le=600)


class Budget(Terms):
    """A budget that practices may hold for care of their lists; each decides whether to.

    kind: "real" = the share of a saving is the practice's; "indicative" = it is paid once the
    commissioner has approved of its use. pathways: whose planned care is charged to the budget;
    emergencies: whether they are charged, too. What is left out of the terms below is as in the
    rules in force of the group `rules`; where they are silent, as the levers
    budgets.retained_share and budgets.overspend_share say; all else is nought or without limit.
    federations: whether holders may pool budgets with others of their commissioner.
    """

    kind: Literal["real", "indicative"] = "real"
    pathways: tuple[Pathway, ...] = pydantic.Field(default=PATHWAYS, min_length=1)  # type: ignore[valid-type]
    emergencies: bool = False
    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    end_month: int | None = pydantic.Field(default=None, ge=0, le=600)
    rules: str = ""
    minimum_list: int | None = pydantic.Field(default=None, ge=0, le=1_000_000)
    entry_notice_months: int | None = pydantic.Field(default=None, ge=0, le=12, multiple_of=12)
    retained_share: float | None = pydantic.Field(default=None, ge=0, le=1)
    overspend_share: float | None = pydantic.Field(default=None, ge=0, le=1)
    stop_loss_pence: int | None = pydantic.Field(default=None, gt=0, le=MOST_PENCE)
    allowance_pence: int | None = pydantic.Field(default=None, ge=0, le=MOST_PENCE)
    allowance_pence_per_patient: int | None = pydantic.Field(
        default=None, ge=0, le=MOST_PENCE_PER_PATIENT
    )
    preparatory_allowance_pence: int | None = pydantic.Field(default=None, ge=0, le=MOST_PENCE)
    federations: Literal["none", "allowed"] = "none"

    @pydantic.field_validator("rules")
    @classmethod
    def _names_rules(cls, group: str) -> str:
        if group and not any(rule.startswith(f"{group}.") for rule in load_rules()):
            raise ValueError(f"no group of rules is called {group}")
        return group

    @pydantic.model_validator(mode="after")
    def _ends_after_it_begins(self) -> "Budget":
        if self.end_month is not None and self.end_month <= self.start_month:
            raise ValueError("end_month must be later than start_month")
        return self


class PooledBudget(Terms):
    """Councils pool their budget for social care with the NHS.

    adoption: "required" = every council must; "allowed" = it decides. nhs_pence_per_head: what
    commissioners add to the pool a year. bed_day_share: share of what a delayed day costs hospitals
    that is the pool's: it gains from days fewer than before, and pays for more.
    """

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    adoption: Literal["required", "allowed"] = "required"
    nhs_pence_per_head: int = pydantic.Field(default=0, ge=0, le=50_000)
    bed_day_share: float = pydantic.Field(default=0.5, ge=0, le=1)


class CommissionerProvides(Terms):
    """Commissioners own the services of some kinds that they buy, until they must leave provision.

    end_month: by when the services must have another owner; who, is decided a year before.
    """

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    kinds: tuple[Literal["community", "mental_health"], ...] = pydantic.Field(
        default=("community",), min_length=1
    )
    end_month: int | None = pydantic.Field(default=None, ge=0, le=600)

    @pydantic.model_validator(mode="after")
    def _leaves_time_to_decide(self) -> "CommissionerProvides":
        from agents.organisations.commissioner import SPLIT  # a mind, and slow to import

        if self.end_month is not None and self.end_month < self.start_month + SPLIT.lag_months:
            raise ValueError(
                f"end_month must be at least {SPLIT.lag_months} months after start_month"
            )
        return self


class RuleChange(Terms):
    """Rules of the NHS that differ from those of the place's year (`joinedup list rules`).

    of: rules, or groups of them ("general_practice.qof"), that are as they were on the day `as_of`;
    with `moves` they go on changing from there, year by year, as they did, or from the place's year
    where no day is given. set: values given here.
    """

    start_month: int = pydantic.Field(default=0, ge=0, le=600)
    of: tuple[str, ...] = ()
    as_of: date | None = None
    moves: bool = False
    set: dict[str, float | str | bool] = {}

    @pydantic.model_validator(mode="after")
    def _names_rules(self) -> "RuleChange":
        known = list(load_rules())
        for name in self.of:
            meant = [rule for rule in known if rule == name or rule.startswith(f"{name}.")]
            if not meant:
                raise ValueError(f"no rule or group of rules is called {name}")
            if all(load_rules()[rule].on_record for rule in meant):
                raise ValueError(f"{name} is on record only and moves nothing")
        for name, value in self.set.items():
            if name not in known:
                raise ValueError(f"no rule is called {name}")
            if load_rules()[name].on_record:
                raise ValueError(f"the rule {name} is on record only and moves nothing")
            if problem := load_rules()[name].problem_with(value):
                raise ValueError(f"the rule {name} ({load_rules()[name].unit}): {problem}")
        if bool(self.of) != (self.as_of is not None or self.moves):
            raise ValueError("of and as_of (or moves) must be given together")
        return self

    @pydantic.field_validator("as_of")
    @classmethod
    def _has_rules(cls, day: date | None) -> date | None:
        first, last = load_rules().known_days()
        if day is not None and not first <= day <= last:
            raise ValueError(f"must be a day from {first} to {last}, of which rules are known")
        return day

    def applied(self, held: dict[str, Any], year: int, years: int) -> dict[str, Any]:
        """The rules of a place of `year`, changed, `years` whole years after this change began.

        `held`: its rules before, by full name.
        """
        held = dict(held)
        if self.of:
            first = self.as_of or date(year, 4, 1)
            day = years_later(first, years * self.moves)
            then = load_rules().in_force(day)
            for name in load_rules():
                if any(name == group or name.startswith(f"{group}.") for group in self.of):
                    held.pop(name, None)
                    held |= {name: then[name]} if name in then else {}
        return held | self.set


AT_MOST_ONE = {  # tables of which a policy may have one row
    "population_contracts": "a population contract",
    "pooled_budgets": "pooled budgets",
    "commissioner_provides": "commissioners that provide",
}


class Policy(Terms):
    """All that a policy changes."""

    name: str = "status_quo"
    title: str
    help: str
    source: str
    pathway_contracts: tuple[PathwayContract, ...] = ()
    population_contracts: tuple[PopulationContract, ...] = ()
    mergers: tuple[Merger, ...] = ()
    joint_teams: tuple[JointTeams, ...] = ()
    practice_takeovers: tuple[PracticeTakeovers, ...] = ()
    case_management: tuple[CaseManagement, ...] = ()
    enrolment: tuple[Enrolment, ...] = ()
    pooled_budgets: tuple[PooledBudget, ...] = ()
    commissioner_provides: tuple[CommissionerProvides, ...] = ()
    rules: tuple[RuleChange, ...] = ()
    budgets: tuple[Budget, ...] = ()
    new_name: str = ""

    @pydantic.field_validator("title", "help", "source")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("an empty text")
        return text

    @pydantic.model_validator(mode="after")
    def _gives_nothing_away_twice(self) -> "Policy":
        given = [p for contract in self.pathway_contracts for p in contract.pathways]
        for pathway in sorted({p for p in given if given.count(p) > 1}):
            raise ValueError(f"the pathway {pathway} must not be given away twice")
        for table, what in AT_MOST_ONE.items():
            if len(getattr(self, table)) > 1:
                raise ValueError(f"[[{table}]] can stand once only: {what}")
        return self

    def __add__(self, other: "Policy") -> "Policy":
        """Both policies at once; `InputError` if they contradict each other."""
        taken = {p for contract in self.pathway_contracts for p in contract.pathways}
        for contract in other.pathway_contracts:
            for pathway in taken & set(contract.pathways):
                raise InputError(
                    f"{self.name} and {other.name} both give away this pathway",
                    key="policy", value=pathway,
                )  # fmt: skip
        for table, what in AT_MOST_ONE.items():
            if getattr(self, table) and getattr(other, table):
                raise InputError(
                    f"{self.name} and {other.name} both have {what}", key="policy",
                    value=f"{self.name}+{other.name}", allowed=f"one of them with {what}",
                )  # fmt: skip
        ours, theirs = self._rules_set(), other._rules_set()
        for month, rule in sorted(ours.keys() & theirs.keys()):
            if ours[month, rule] != theirs[month, rule]:
                raise InputError(
                    f"{self.name} and {other.name} both set the rule {rule}", key="policy",
                    value=f"{self.name}+{other.name}", allowed="one value in a month",
                )  # fmt: skip
        tables = {
            field: self._joined(other, field) for field, mine in self if isinstance(mine, tuple)
        }
        return Policy(
            name=f"{self.name}+{other.name}",
            title=f"{self.title}; {other.title}",
            help=f"{self.help} {other.help}",
            source=f"{self.source}; {other.source}",
            new_name=self.new_name or other.new_name,
            **tables,
        )

    def _joined(self, other: "Policy", table: str) -> Any:
        """The rows of both; rules that change alike in both change once."""
        mine, theirs = getattr(self, table), getattr(other, table)
        new = tuple(row for row in theirs if row not in mine)
        if table != "rules" and len(new) < len(theirs):
            raise InputError(f"{self.name} and {other.name} both have the same [[{table}]]",
                           key="policy", value=f"{self.name}+{other.name}",
                           allowed="one of them")  # fmt: skip
        return mine + new

    def _rules_set(self) -> dict[tuple[int, str], float | str | bool]:
        """What rules are set to by month and name; the last word counts."""
        return {(c.start_month, name): c.set[name] for c in self.rules for name in c.set}


def rules_in_force(year: int, policy: Policy, month: int) -> dict[str, Any]:
    """Rules of a place of `year` in a month since the policy could begin (negative: before it)."""
    held = dict(rules_of_year(year))
    for change in policy.rules:
        if month >= change.start_month:
            held = change.applied(held, year, (month - change.start_month) // 12)
    return held
