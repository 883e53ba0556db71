"""A lever that is varied: its values, and what is said of it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from model.input.errors import InputError

if TYPE_CHECKING:
    pass


@dataclass(frozen=True)
class Lever:
    """What is varied: its values in order, the central one, what it means and where it comes from.

    policies: by value the policy with which it is lived, if it is a rule or a term of contracts;
    empty for a parameter.
    """

    name: str
    values: tuple[Any, ...]
    central: Any
    about: str
    policies: dict[Any, str]


EVERY_LEVER = "every"  # lever


def check_lever(name: str, policy: str) -> None:
    """`InputError` if there is no lever, rule or term of the policy of this name, nor `every`."""
    from model.parameters import load_parameters
    from model.policies.policy_finding import find_policy
    from model.policies.terms import terms_of
    from model.rules import load_rules

    known = [EVERY_LEVER, *terms_of(find_policy(policy)), *load_rules(), *load_parameters().entries]
    if name not in known:
        raise InputError(f"neither a lever, nor a rule, nor a term of {policy}", key="LEVER",
                       value=name, allowed=known)  # fmt: skip
