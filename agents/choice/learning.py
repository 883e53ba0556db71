"""How beliefs move with what is seen: the saving of a contract, the chance to win a tender."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Belief:
    """What somebody expects of a quantity, and how unsure it is (standard deviation)."""

    mean: float
    spread: float

    def after(self, seen: float, noise: float, most_seen: float = math.inf) -> "Belief":
        """The belief after something was seen with an error of this standard deviation.

        Normal prior, normal error: the mean moves towards what was seen, the more so the surer the
        report is beside the belief. A report of infinite error changes nothing. What lies beyond
        `most_seen` either way is taken for that. `noise`: that standard deviation, in the unit of
        `seen`.
        """
        seen = min(max(seen, -most_seen), most_seen)
        own, doubt = self.spread**2, noise**2
        weight = own / (own + doubt) if own > 0.0 else 0.0
        mean = self.mean + weight * (seen - self.mean)
        return Belief(mean, self.spread * math.sqrt(1.0 - weight))


def success(patience: float, won: float, expected: float) -> float:
    """Success of a bidder so far, as a factor on the odds that it gives itself.

    `won` tenders of `expected` that its odds had promised; `patience` is how many of either it
    takes to matter. Above nought, and 1 for who has never bid (a gamma prior on the factor).
    """
    return (patience + won) / (patience + expected)
