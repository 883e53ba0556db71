"""A policy with other terms, such as `risk_two_sided:risk_down=0.3,choice=closed`.

What stands after the colon, apart by commas, is either a single-valued term of the policy's
contracts (every contract of the policy that has the term gets the value) or a rule of the NHS
(in force from the policy's start).
"""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple, get_args, get_origin

import pydantic

from model.input.errors import InputError
from model.input.faults import allowed_at, problem_of
from model.policies.policy import Policy, RuleChange, Terms
from model.rules import load_rules


class Term(NamedTuple):
    """A term of a policy or a rule: what it may be, what it is in the policy, what it means.

    choices: all it may be, if they can be listed; low and high: its bounds, if it is a number
    (`low` itself is not allowed where `open_low`). value: None = not given.
    """

    name: str
    value: Any
    choices: tuple[Any, ...] = ()
    low: float | None = None
    high: float | None = None
    open_low: bool = False
    whole: bool = False
    meaning: str = ""
    unit: str = ""
    source: str = ""


def split_expression(expression: str) -> tuple[str, dict[str, Any]]:
    """The name and the terms of `name:term=value,term=value`; the name alone has none."""
    name, colon, written = expression.rpartition(":")
    if not colon or written.endswith(".toml"):  # no terms; or the colon of a drive in a path
        return expression, {}
    return name.strip(), dict(_pair(part) for part in written.split(","))


def _pair(text: str) -> tuple[str, Any]:
    term, equals, value = (part.strip() for part in text.partition("="))
    if not (term and equals and value):
        raise InputError(
            "not a term with a value", key="policy", value=text or ":", allowed="term=value"
        )
    return term, value_of(value)


def value_of(text: str) -> Any:
    """A number, true or false, or else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):  # no TOML, or a number with too many digits
        return text


def expression_of(name: str, term: str, value: Any) -> str:
    """A policy's name with one term changed, as it is typed.

    `value`: of the term.
    """
    shown = str(value).lower() if isinstance(value, bool) else value
    if isinstance(shown, float):  # 1e+06 would be a sum of policies
        shown = f"{shown + 0:.0f}" if shown.is_integer() else f"{shown!r}"  # no "-0", no digit less
    return f"{name}{',' if split_expression(name)[1] else ':'}{term}={shown}"


def terms_of(policy: Policy) -> dict[str, Term]:
    """Every single-valued term of a policy's contracts by its name; the first contract's value."""
    found: dict[str, Term] = {}
    for _, contract in _contracts(policy):
        for name, field in type(contract).model_fields.items():
            term = _term(name, field, getattr(contract, name))
            if term is not None:
                found.setdefault(name, term)
    return found


def _contracts(policy: Policy) -> Iterator[tuple[str, Terms]]:
    for field in type(policy).model_fields:
        content = getattr(policy, field)
        if isinstance(content, tuple) and field != "rules":
            yield from ((field, contract) for contract in content)


def _term(name: str, field: Any, value: Any) -> Term | None:
    kinds = [kind for kind in get_args(field.annotation) or () if kind is not type(None)]
    if get_origin(field.annotation) is Literal:
        return Term(name, value, choices=get_args(field.annotation))
    kind = kinds[0] if len(kinds) == 1 else field.annotation
    if kind is bool:
        return Term(name, value, choices=(False, True))
    if kind not in (int, float):
        return None
    bounds = {key: getattr(rule, key) for rule in field.metadata
              for key in ("gt", "ge", "le") if getattr(rule, key, None) is not None}  # fmt: skip
    low = bounds.get("ge", bounds.get("gt"))
    return Term(name, value, low=low, high=bounds.get("le"), open_low="gt" in bounds,
                whole=kind is int)  # fmt: skip


def rule_term(name: str, value: Any) -> Term:
    """A rule as a term: its choices are the values that it had over the years."""
    rule = load_rules()[name]
    known = dict.fromkeys(dated.value for dated in rule.values)
    choices = tuple(sorted(known, key=lambda v: (isinstance(v, str), v)))
    return Term(name, value, choices=choices, meaning=rule.meaning, unit=rule.unit,
                source=rule.values[-1].source)  # fmt: skip


def with_terms(policy: Policy, terms: Mapping[str, Any]) -> Policy:
    """The policy with other terms; `InputError` if it has no such term or may not have the
    value."""
    changed: dict[str, list[Terms]] = {}
    for field, contract in _contracts(policy):
        changed.setdefault(field, []).append(contract)
    for term, value in terms.items():
        if "." not in term:
            _change(policy, changed, term, value)
    changes = tuple(_rule_change(name, terms[name]) for name in terms if "." in name)
    name = policy.name
    for term, value in terms.items():
        name = expression_of(name, term, value)
    new = {field: tuple(several) for field, several in changed.items()}
    return policy.model_copy(update={**new, "rules": policy.rules + changes, "name": name})


def _change(policy: Policy, changed: dict[str, list[Terms]], term: str, value: Any) -> None:
    known = terms_of(policy)
    if term not in known:
        listed = any(term in type(contract).model_fields for _, contract in _contracts(policy))
        raise InputError(
            f"the term of {policy.name} is a list, which only a file can change" if listed
            else f"the policy {policy.name} has no such term",
            key="policy", value=term,
            allowed=[*known] if known else "a rule (joinedup list rules)",
        )  # fmt: skip
    for contracts in changed.values():
        for k, contract in enumerate(contracts):
            if term in type(contract).model_fields:
                contracts[k] = _with_value(contract, term, value)


def _with_value(contract: Terms, term: str, value: Any) -> Terms:
    try:
        return type(contract)(**contract.model_dump() | {term: value})
    except pydantic.ValidationError as error:
        raise _told(error, f"policy: {term}", value, type(contract), term) from None


def _rule_change(name: str, value: Any) -> RuleChange:
    rule = load_rules()[name].name  # `InputError` with the nearest name if there is none
    try:
        return RuleChange(set={rule: value})
    except pydantic.ValidationError as error:
        raise _told(error, "policy", value, RuleChange, "set") from None


def _told(
    error: pydantic.ValidationError, key: str, value: Any, kind: type[Terms], term: str
) -> InputError:
    first = error.errors()[0]
    allowed = allowed_at(first, kind.model_fields.get(term))
    return InputError(problem_of(first), key=key, value=value, allowed=allowed)
