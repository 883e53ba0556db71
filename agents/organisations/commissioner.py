"""How a commissioner decides: whether to tender a pathway, whom to choose, whether to end early."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agents.choice.deciding import Decision, Option, declared
from agents.choice.organisation import Organisation

TENDER = declared(
    "tender", "a policy that allows or asks for a pathway contract, or a contract's end",
    lag_of="award",
)  # fmt: skip
NOBODY = "nobody"
AWARD = declared("award", "bids are in")
REVIEW = declared(
    "review_contract", "a year in which a contract cost more than the care under it would"
    " have, or its holder was worse than those who would do the work",
)  # fmt: skip

OPENING = declared(
    "practice_opening", "a practice has gone whose former patients now have a full one",
    month_of_year=6,
)  # fmt: skip


SPLIT = declared("provider_split", "a policy by which commissioners must leave provision")
STAND_ALONE = "stand_alone"


@dataclass(frozen=True)
class TenderObservation:
    """What a commissioner sees before a tender. Pounds a year."""

    pathway: str
    spend: float
    expected_saving_share: float  # believed, from neighbours and its own past
    tender_cost: float  # spread over the term
    political_push: float
    deficit_worth: float = 0.0  # of a contract that caps spending, to who has overspent
    copying: float = 0.0  # worth of doing what neighbours have done
    own_loss: float = 0.0  # that its own services must expect from a rival's win


@dataclass(frozen=True)
class ContractObservation:
    """What a commissioner sees of a contract with years to run. Pounds a year."""

    pathway: str
    spend: float  # what the care under the contract would cost without it
    saving_share: float  # of that, as seen since it began
    quality_gap: float  # holder less those who would do the work without it, SD
    transition_cost: float  # of ending it, spread over the years left
    face: float  # worth of not being seen to fail


@dataclass(frozen=True)
class SplitObservation:
    """What a commissioner sees of the services that it must give up. Pounds a year, SD."""

    spend: float
    quality: float  # of the services as they are
    setup_cost: float  # of a trust of their own, spread over the years it is felt
    offers: Mapping[str, float]  # trusts that would take them over, and their quality


@dataclass(frozen=True)
class OpeningObservation:
    """What a commissioner sees of the place of a practice that has gone. Pounds a year."""

    crowded: float  # people there whose practice has more patients than it is used to, or is closed
    room_value: float  # worth to each of them of a practice with room
    first_list: float  # patients whom a new practice would have at first
    cost: float  # of setting it up, spread over the years it is felt
    doctor_chance: float  # that a doctor is found who would run it


@dataclass(frozen=True)
class Bid:
    """An offer to hold a contract: who, at what price a year (pounds), with what quality (SD)."""

    bidder: str
    price: float
    quality: float
    is_incumbent: bool
    own_result: float = 0.0  # of the commissioner's own services if this bid wins, pounds a year
    transition: float = 0.0  # cost of handing the pathway over, spread over the term, pounds a year


class Commissioner(Organisation):
    """A primary care trust or clinical commissioning group with a fixed budget."""

    def set_motives(self, quality_pounds: float, incumbency_share: float) -> None:
        """Worth of a standard deviation of a bidder's quality; of knowing it, as share of price."""
        self.quality_pounds, self.incumbency_share = quality_pounds, incumbency_share

    def consider_tender(
        self, observation: TenderObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Leave contracts as they are or invite bids for one contract for the pathway."""
        saving = observation.expected_saving_share * observation.spend
        gain = saving + observation.political_push + observation.copying
        worth = gain - observation.tender_cost + observation.deficit_worth - observation.own_loss
        options = [Option("keep_contracts", 0.0), Option("tender", worth)]
        figures = {
            "spend": observation.spend,
            "saving": saving,
            "political_push": observation.political_push,
            "copying": observation.copying,
            "deficit_worth": observation.deficit_worth,
        }
        if observation.own_loss:
            figures["own_loss"] = observation.own_loss
        rule = TENDER.scaled(self.times_typical(max(observation.spend, 1.0), "pathway_pounds"))
        return self.decide(rule, options, month, figures, observation.pathway, forced)

    def award(
        self,
        pathway: str,
        spend: float,
        push: float,
        bids: Sequence[Bid],
        month: int,
        forced: str | None = None,
    ) -> Decision:
        """Choose a bidder by price, quality and what it knows of the incumbent, or nobody.

        `spend` is what the pathway costs now and `push` what it is worth to be seen to act, both in
        pounds a year. `bids`: all that have come in.
        """
        options = [Option(NOBODY, -push)]
        options += [Option(bid.bidder, self.worth_of_bid(bid, spend)) for bid in bids]
        figures = {f"price_{bid.bidder}": bid.price for bid in bids}
        figures |= {f"own_result_{bid.bidder}": bid.own_result for bid in bids if bid.own_result}
        rule = AWARD.scaled(self.times_typical(max(spend, 1.0), "pathway_pounds"))
        return self.decide(rule, options, month, figures, pathway, forced)

    def _worth_of_quality(self, spend: float) -> float:
        """Pounds a year that a standard deviation is worth where so much is spent."""
        return self.quality_pounds * spend / self.typical("pathway_pounds")

    def worth_of_bid(self, bid: Bid, spend: float) -> float:
        """Pounds a year that a bid is worth: saving, quality, knowing the incumbent, handing over.

        What the commissioner's own services make or lose by it is the commissioner's.
        """
        known = self.incumbency_share * bid.price if bid.is_incumbent else 0.0
        quality = self._worth_of_quality(spend) * bid.quality
        return spend - bid.price + quality + known + bid.own_result - bid.transition

    def leave_provision(
        self, observation: SplitObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Make a trust of its own services (`about`), or give them to one that offers."""
        per_sd = self._worth_of_quality(observation.spend)
        options = [Option(STAND_ALONE, per_sd * observation.quality - observation.setup_cost)]
        options += [Option(code, per_sd * quality) for code, quality in observation.offers.items()]
        figures = {
            "spend": observation.spend,
            "setup_cost": observation.setup_cost,
            "quality": observation.quality,
        }
        figures |= {f"quality_{code}": quality for code, quality in observation.offers.items()}
        sums = (per_sd * observation.quality, observation.setup_cost)
        rule = SPLIT.at_stake(options, self.noise_of_stakes, sums)
        return self.decide(rule, options, month, figures, about, forced)

    def review_contract(
        self, observation: ContractObservation, month: int, forced: str | None = None
    ) -> Decision:
        """Let a contract run, or end it before its term."""
        quality = self._worth_of_quality(observation.spend) * observation.quality_gap
        going_on = observation.saving_share * observation.spend + quality
        end = -going_on - observation.transition_cost - observation.face
        options = [Option("keep_contract", 0.0), Option("terminate_contract", end)]
        figures = {
            "spend": observation.spend,
            "saving_share": observation.saving_share,
            "quality_gap": observation.quality_gap,
            "transition_cost": observation.transition_cost,
        }
        rule = REVIEW.scaled(self.times_typical(max(observation.spend, 1.0), "pathway_pounds"))
        return self.decide(rule, options, month, figures, observation.pathway, forced)

    def consider_opening(
        self, observation: OpeningObservation, month: int, about: str, forced: str | None = None
    ) -> Decision:
        """Leave patients with the practices near by, or offer a contract for a new one."""
        worth = observation.doctor_chance * (
            observation.crowded * observation.room_value - observation.cost
        )
        options = [Option("leave_as_it_is", 0.0), Option("offer_contract", worth)]
        figures = {
            "crowded": observation.crowded,
            "first_list": observation.first_list,
            "doctor_chance": observation.doctor_chance,
        }
        return self.decide(OPENING, options, month, figures, about, forced)
