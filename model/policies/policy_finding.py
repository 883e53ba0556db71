"""Policies by name: presets, files of ones own, several at once, with other terms."""

from functools import cache
from pathlib import Path

import pydantic

from model.input.errors import InputError
from model.input.faults import allowed_at, problem_of, value_of, where
from model.input.reading import read_toml
from model.policies.policy import (
    Budget,
    CaseManagement,
    CommissionerProvides,
    Enrolment,
    JointTeams,
    Merger,
    PathwayContract,
    Policy,
    PooledBudget,
    PopulationContract,
    PracticeTakeovers,
    RuleChange,
    Terms,
)
from model.policies.terms import split_expression, with_terms

FOLDER = Path(__file__).parent


def policy_names() -> list[str]:
    """All presets, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def read_policy(path: Path) -> Policy:
    """A policy from its file; `InputError` names the file, the field and what is allowed."""
    content = read_toml(path)
    try:
        return Policy(name=path.stem, **content)
    except pydantic.ValidationError as error:
        raise _bad_field(path, error) from None
    except TypeError:
        raise InputError(
            "a policy file does not say its name", file=path.name, key="name"
        ) from None


def _bad_field(path: Path, error: pydantic.ValidationError) -> InputError:
    first = error.errors()[0]
    key = where(first["loc"])
    kind = TABLES.get(str(first["loc"][0]), Policy) if first["loc"] else Policy
    if first["type"] == "extra_forbidden":
        return InputError(
            problem_of(first), file=path.name, key=key, value=first["loc"][-1],
            allowed=list(kind.model_fields),
        )  # fmt: skip
    names = [part for part in first["loc"] if isinstance(part, str)]
    field = kind.model_fields.get(names[-1]) if names else None
    return InputError(problem_of(first), file=path.name, key=key or None,
                    value=value_of(first) if key else None,
                    allowed=allowed_at(first, field))  # fmt: skip


TABLES: dict[str, type[Terms]] = {
    "pathway_contracts": PathwayContract,
    "population_contracts": PopulationContract,
    "mergers": Merger,
    "joint_teams": JointTeams,
    "practice_takeovers": PracticeTakeovers,
    "case_management": CaseManagement,
    "enrolment": Enrolment,
    "pooled_budgets": PooledBudget,
    "commissioner_provides": CommissionerProvides,
    "rules": RuleChange,
    "budgets": Budget,
}


@cache
def find_policy(expression: str, folder: Path = Path()) -> Policy:
    """The policy of a preset's name, a path (from `folder`) to a TOML file, or several with `+`.

    Each may have other terms: `risk_two_sided:risk_down=0.3,floor=0.05` (`policy_terms.py`).
    """
    names = [part.strip() for part in expression.split("+")]
    if not any(names):
        raise InputError("an empty name", key="policy", allowed=policy_names())
    if not all(names):
        raise InputError(
            "a + that does not join two", key="policy", value=expression, allowed="a+b"
        )
    policies = [_find_one(name, folder) for name in names]
    _check_once([policy.name for policy in policies], expression)
    whole = policies[0]
    for policy in policies[1:]:
        whole = whole + policy
    return whole


def _check_once(names: list[str], expression: str) -> None:
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{name} stands twice in this sum", key="policy", value=expression,
                           allowed="each policy once")  # fmt: skip


def _find_one(expression: str, folder: Path) -> Policy:
    name, terms = split_expression(expression)
    policy = _preset(name, folder)
    return with_terms(policy, terms) if terms else policy


def _preset(name: str, folder: Path) -> Policy:
    if name.endswith(".toml"):
        return _own(folder / name)
    if name not in policy_names():
        raise InputError("no such policy", key="policy", value=name, allowed=policy_names(),
                       titles=_titles())  # fmt: skip
    return read_policy(FOLDER / f"{name}.toml")


def _titles() -> dict[str, str]:
    """Titles of the shipped policies by name."""
    paths = [FOLDER / f"{name}.toml" for name in policy_names()]
    return {path.stem: str(read_toml(path)["title"]) for path in paths}


def _own(path: Path) -> Policy:
    """A policy of somebody's own; `InputError` if it is named like the status quo and is
    another."""
    policy = read_policy(path)
    if path.stem == Policy.model_fields["name"].default and policy != _preset(path.stem, Path()):
        raise InputError(
            "named like the status quo, which everything is put beside; give the file another name",
            file=path,
        )  # fmt: skip
    return policy
