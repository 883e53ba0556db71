"""Programmes: who is picked and accepts, how many, for how long, at whose cost, and who says so."""

import numpy as np
import pytest

from agents.patients.patient_tables import NEVER_ENROLLED
from model.enrolment.eligible import may_join
from model.month.economy import HealthEconomy
from model.policies.policy import Enrolment
from model.policies.policy_finding import find_policy
from model.state.enrolment import EVENTS
from model.state.ledger import HEADINGS
from model.stories import life_words
from model.stories.life import LifeDiary
from model.stories.life_pages import entries_of
from tests.model.headings import SEED, live_and_check

MONTHS = 36


class Watched(HealthEconomy):
    """An economy that keeps, for every month, who was enrolled, and who joined and left."""

    def patients_live(self):
        self.__dict__.setdefault("seen", []).append(
            (self.state.residents.people.copy(), self.state.residents.enrolment.events.copy())
        )
        super().patients_live()


def with_terms(**terms):
    """A policy with one programme, else that of the preset."""
    preset = find_policy("case_management_risk_score")
    programme = Enrolment(**preset.enrolment[0].model_dump() | terms)
    return preset.model_copy(update={"enrolment": (programme,)})


@pytest.fixture(scope="module")
def enrolled(live_policy):
    """Three years of a large programme in half of the practices. Read only."""
    policy = with_terms(practice_share=0.5, capacity_share=0.08)
    return live_policy(policy, MONTHS, mind="inert", kind=Watched)


@pytest.fixture(scope="module")
def coached(live_policy):
    """Three years of a programme after admissions, by practices' judgement. Read only."""
    policy = with_terms(
        picked_by="judgement", past_admissions=1, capacity_share=0.03,
        discharged_after_quiet_year=True, end_month=30,
    )  # fmt: skip
    return live_policy(policy, MONTHS, mind="inert", kind=Watched)


def inside(people):
    return people["programme"] > 0


def test_places_are_filled_and_never_exceeded(enrolled):
    programme = enrolled.state.residents.enrolment.programmes[0]
    for people, _ in enrolled.seen:
        covered = programme.practices[people["practice"]]
        places = 0.08 * covered.sum()
        assert places - 1.0 < inside(people).sum() <= places
        assert covered[inside(people)].all()
    assert 0.4 < programme.practices.mean() < 0.6


def test_those_who_accept_are_picked_from_the_highest_score_down(enrolled):
    programme = enrolled.state.residents.enrolment.programmes[0]
    people, events = enrolled.seen[0]
    ready = programme.practices[people["practice"]] & may_join(people, programme.terms, 36)
    line = people["risk_score"][inside(people)].min()
    assert line == events["line"][0] and (events["what"] == EVENTS.index("joined")).all()
    over = ready & (people["risk_score"] > line)
    assert not inside(people)[~over].sum() > 1  # whoever the line is
    taken = inside(people)[over].mean()
    assert abs(taken - 0.378) < 3.0 * np.sqrt(0.378 * 0.622 / over.sum())


def test_half_have_dropped_out_after_the_published_median(enrolled):
    """Deaths and moves apart, as where they are no events (Kaplan and Meier 1958)."""
    left, months = 0, 0
    for _, (people, events) in zip(enrolled.seen, enrolled.seen[1:], strict=False):
        dropped = (events["what"] == EVENTS.index("dropped_out")).sum()
        since = people["enrolled_since"]
        stayed = (inside(people) & (since < since.max())).sum()
        left, months = left + dropped, months + stayed + dropped
    chance = 1.0 - 0.5 ** (1.0 / 25.5)
    assert left > 100 and abs(left - chance * months) < 3.0 * np.sqrt(chance * months)


def test_who_has_left_is_not_offered_a_place_again(enrolled):
    for (before, _), (after, events) in zip(enrolled.seen, enrolled.seen[1:], strict=False):
        joined = np.isin(after["slot"], events["slot"][events["what"] == 0])
        same = before["entered"] == after["entered"]
        assert (before["enrolled_since"][joined & same] == NEVER_ENROLLED).all()
    people = enrolled.state.residents.people
    assert ((people["enrolled_since"] > 0) & ~inside(people)).sum() > 50


def test_newcomers_to_a_home_begin_anew(enrolled):
    (before, _), (after, _) = enrolled.seen[20], enrolled.seen[21]
    new = before["entered"] != after["entered"]
    others = new & (after["enrolled_since"] != 36 + 21)
    assert others.any() and not inside(after)[others].any()
    assert (after["crises_last_year"][new] == 0).all()


def test_only_those_with_admissions_in_the_last_year_join_and_the_quiet_leave(coached):
    reasons = np.zeros(len(EVENTS), dtype=int)
    for k, ((_, _), (people, events)) in enumerate(
        zip(coached.seen, coached.seen[1:], strict=False), 37
    ):
        reasons += np.bincount(events["what"], minlength=len(EVENTS))
        row = np.searchsorted(people["slot"], events["slot"])
        joined, quiet = (events["what"] == EVENTS.index(w) for w in ("joined", "quiet_year"))
        assert (people["crises_last_year"][row[joined]] >= 1).all()
        assert not quiet.any() or k % 12 == 0
        assert (people["crises_last_year"][row[quiet]] == 0).all()
    assert (reasons[[0, 1, 3, 4]] > 0).all()


def test_a_programme_ends(coached):
    assert inside(coached.seen[29][0]).sum() > 20 and inside(coached.seen[30][0]).sum() == 0
    assert coached.record.enrolled[30].expected.sum() == 0.0


def test_judgement_errs_by_itself(coached):
    people = coached.seen[0][0]
    ready = may_join(people, coached.state.residents.enrolment.programmes[0].terms, 36)
    score = people["risk_score"]
    assert score[inside(people)].min() < np.quantile(score[ready], 0.5)


def test_commissioners_pay_for_whom_they_can_be_expected_to_have(enrolled):
    state, entries = enrolled.state, enrolled.state.money.ledger.entries()
    paid = entries[entries["heading"] == HEADINGS.index("enrolment")]
    assert set(np.array(state.bodies.kinds)[paid["payer"]]) == {"commissioner"}
    value = enrolled.setup.parameters
    cost = value["enrolment.pence_per_enrolled_year"] + value["enrolment.adherence_pence"]
    years = sum(month.expected.sum() for month in enrolled.record.enrolled) / 12
    assert paid["pence"].sum() == pytest.approx(years * cost, rel=1e-6)
    assert state.money.ledger.balance.sum() == 0


def test_every_payment_is_explained(small, begun):
    both = find_policy("case_management_risk_score+phone_coaching")
    live_and_check(HealthEconomy(small, both, SEED, state=begun.copy()), 14)


def test_the_table_says_who_is_enrolled_where(enrolled):
    table = enrolled.record.tables(enrolled.state)["enrolment_month"]
    last = table[table["month"] == MONTHS - 1].groupby("kind")
    simulated = last["simulated"].sum()
    assert set(simulated) == {inside(enrolled.state.residents.people).sum()} and len(simulated) == 3
    expected = last["expected"].sum()
    assert expected["practice"] == pytest.approx(expected["place"])


def test_a_policy_without_programmes_has_no_table_of_them(status_quo):
    assert "enrolment_month" not in status_quo.record.tables(status_quo.state)


def test_a_persons_history_says_when_and_why(live_policy):
    economy = live_policy(with_terms(capacity_share=0.1), 0, mind="inert")
    people = economy.state.residents.people
    row = int(np.argmax(people["risk_score"]))  # some accept, some do not
    economy.diary = LifeDiary(people, np.arange(people.size), row)
    programmes = economy.run(1).state.residents.enrolment
    who = int(programmes.events["slot"][0])
    economy = live_policy(with_terms(capacity_share=0.1), 0, mind="inert")
    economy.diary = LifeDiary(economy.state.residents.people, np.arange(people.size), who)
    economy.run(2)
    (entry,) = [e for e in entries_of(economy.diary.pages) if e["what"] == "enrolled"]
    assert entry["month"] == 0 and entry["score"] >= entry["line"] > 0.0
    told = life_words.line(entry, {})
    assert told.startswith("enrolled in a programme: the risk score foretells")
    assert f"{entry['line']:.2f}" in told


def test_leaving_is_told_with_its_reason(live_policy):
    economy = live_policy(with_terms(end_month=2), 1, mind="inert")
    people = economy.state.residents.people
    row = int(np.flatnonzero(inside(people))[0])
    economy.diary = LifeDiary(people, np.arange(people.size), row)
    economy.run(2)
    told = [life_words.line(e, {}) for e in entries_of(economy.diary.pages)
            if e["what"] == "left_programme"]  # fmt: skip
    assert told == ["leaves the programme: it ends"]


@pytest.mark.parametrize(
    ("terms", "said"),
    [({"oldest": 50, "youngest": 60}, "oldest"), ({"end_month": 0}, "end_month"),
     ({"conditions": ("gout",)}, "gout")],
)  # fmt: skip
def test_terms_that_contradict_each_other_are_refused(terms, said):
    with pytest.raises(ValueError, match=said):
        Enrolment(**terms)


def test_conditions_and_ages_are_those_of_the_terms(live_policy):
    terms = {"conditions": ("copd", "heart_failure"), "least_conditions": 2, "oldest": 80}
    economy = live_policy(with_terms(**terms), 1, mind="inert", kind=Watched)
    people = economy.seen[0][0][inside(economy.seen[0][0])]
    has = people["conditions"] & np.uint16((1 << 5) | (1 << 2))
    assert (
        people.size > 5 and (has > 0).all() and (np.bitwise_count(people["conditions"]) > 1).all()
    )
    years = (36 - people["born"].astype(int)) // 12
    assert years.min() >= 18 and years.max() <= 80
