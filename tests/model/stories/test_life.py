"""A followed person: what is traced is what is lived, and causes are the real ones."""

import numpy as np
import pytest

from agents.patients import diary as written
from agents.patients.emergencies import anchored
from agents.patients.patient_tables import COUNTS
from model.input.errors import InputError
from model.population.person_groups import find_group, group_with, groups, members, someone
from model.stories import life
from model.stories.life import LifeDiary, live_along
from model.stories.life_words import chain, like_them
from model.stories.two_lives import Who, added, find_person, told

MONTHS = 24
BUSY = "carveouts_three+population_ico+merger_only"  # the policy of the fixture `busy`
KEPT_A_YEAR = ("crises", "crises_last_year")  # set to 0 when the year's records are kept


def everyone(economy):
    return np.arange(economy.state.residents.people.size)


@pytest.fixture(scope="module")
def followed(live_policy):
    """Two years of much policy in which everybody is followed; rows of each month on the way."""
    economy = live_policy(BUSY, 0)
    economy.diary = LifeDiary(economy.state.residents.people, everyone(economy), 7)
    months = []
    for _ in range(MONTHS):
        entered = economy.state.residents.people["entered"].copy()
        economy.step()
        months.append((entered, economy.diary.lived.copy(), economy.state.residents.people.copy()))
    return economy, months


def test_the_traced_life_equals_the_columns_of_the_run(followed):
    economy, months = followed
    for month, (entered, traced, lived) in enumerate(months):
        here = entered == economy.diary.entered
        for name in lived.dtype.names:
            if month % 12 != 11 or name not in KEPT_A_YEAR:
                np.testing.assert_array_equal(traced[name][here], lived[name][here], name)
    assert (economy.diary.counts["months"] < MONTHS).sum() > 50  # some died or moved


def test_following_changes_nothing(followed, busy):
    economy, _ = followed
    for ours, theirs in zip(economy.record.by_group, busy.record.by_group, strict=False):
        np.testing.assert_array_equal(ours, theirs)
    assert economy.decisions() == [d for d in busy.decisions() if d.month < economy.state.month]


def test_notes_agree_with_what_is_counted(live_policy):
    economy = live_policy(BUSY, 14)
    people = economy.state.residents.people.copy()
    _, notes = live_along(
        economy.setup.place, economy.state.month, economy.seed, economy.world, people
    )
    economy.patients_live()
    counts = dict(zip(COUNTS, economy.tally.groups["counts"].sum(axis=0), strict=True))
    what, many = notes["what"], notes["many"]
    handed, lost = what == written.HANDED_OVER, notes["draw"] < notes["chance"]
    assert counts["consultations"] == (what == written.CONSULTED).sum() > 100
    assert counts["emergencies"] == (what == written.ADMITTED).sum() > 5
    assert counts["emergency_bed_days"] == many[what == written.ADMITTED].sum()
    assert counts["ae_attendances"] == np.isin(what, (written.ADMITTED, written.ATTENDED)).sum()
    assert counts["deaths"] == many[what == written.LEFT].sum()
    assert counts["departures"] == (many[what == written.LEFT] == 0).sum()
    for boundary, name in enumerate(("within_team", "within_body", "between_bodies")):
        crossed = handed & (many == boundary)
        assert counts[f"handovers_{name}"] == crossed.sum()
        assert counts[f"lost_{name}"] == (crossed & lost).sum()
    risked = notes[what == written.RISKED]
    assert risked.size == people.size
    admitted = notes["slot"][what == written.ADMITTED]
    np.testing.assert_array_equal(risked["slot"][risked["draw"] < risked["chance"]], admitted)
    for one in risked[:200]:
        parts = one["base"], one["care"] * one["harm"], one["anchor"], one["after"] + one["found"]
        assert one["chance"] == anchored(*parts)


def test_notes_do_not_depend_on_the_room(live_policy, monkeypatch):
    economy = live_policy("status_quo", 1)
    wide = live_along(
        economy.setup.place,
        economy.state.month,
        economy.seed,
        economy.world,
        economy.state.residents.people,
    )[1].copy()
    monkeypatch.setattr(life, "ROOM", 0)
    assert (
        wide.tobytes()
        == live_along(
            economy.setup.place,
            economy.state.month,
            economy.seed,
            economy.world,
            economy.state.residents.people,
        )[1].tobytes()
    )
    assert wide.size > 64


@pytest.fixture(scope="module")
def futures(live_policy, after_burn_in):
    """Both futures of a person, as plain data, and the diaries of everybody."""

    def lived(row, group="anyone", policies=("status_quo", BUSY), months=36):
        economies = []
        for policy in policies:
            economy = live_policy(policy, 0)
            economy.diary = LifeDiary(economy.state.residents.people, everyone(economy), row)
            economies.append(economy.run(months))
        return told(after_burn_in.month, after_burn_in.residents, row, find_group(group), economies)

    return lived


@pytest.fixture(scope="module")
def differing(futures):
    """The futures of somebody who is admitted in one of them only."""
    return futures(futures(0)["like_them"]["differ"][0])


def test_an_admission_of_one_life_lies_between_the_two_chances(differing):
    policies = differing["policies"]
    assert not differing["differences"]["alike"] and differing["differences"]["admissions"]
    for difference in differing["differences"]["admissions"]:
        first = difference["chain"][0]
        elsewhere = next(name for name in policies if name != first["in"])
        assert first["chance"][elsewhere] <= first["draw"] < first["chance"][first["in"]]
        assert first["parts"] and first["without_harm_too"] == (
            first["draw"] < first["without_harm"]
        )
    lives = differing["lives"]
    ours, theirs = (lives[p]["totals"].get("admission", 0) for p in policies)
    assert ours != theirs or len(differing["differences"]["admissions"]) > 1


def test_a_lost_handover_of_a_chain_was_lost_by_its_draw(differing):
    chains = differing["differences"]["admissions"] + differing["differences"]["losses"]
    links = [link for one in chains for link in one["chain"] if link["link"] == "loss"]
    assert links
    for link in links:
        here, there = link["here"], link["there"]
        assert here["lost"] and here["draw"] < here["chance"]
        assert there is None or there["lost"] == (there["draw"] < there["chance"])
        if there is not None and link["handover"][0] == here:
            assert there["draw"] == here["draw"]


def test_chains_and_groups_are_told_in_sentences(differing):
    for difference in differing["differences"]["admissions"]:
        text = " ".join(chain(difference["chain"], differing))
        assert "emergency admission under" in text and "The draw was" in text
        assert "{" not in text and "_hospitals" not in text
    lines = like_them(differing)
    assert f"Of {differing['like_them']['people']:,} anyone" in lines[0] and "one seed" in lines[0]


def test_a_label_makes_no_difference_to_anybody(futures):
    both = futures(11, policies=("status_quo", "label_only"), months=12)
    one, other = both["lives"].values()
    nothing = {key: [] for key in ("ends", "admissions", "losses", "stays")}
    assert both["differences"] == {"alike": True, **nothing}
    assert one["entries"] == other["entries"] and one["risks"] == other["risks"]
    assert both["like_them"]["differ"] == []


def test_a_life_is_told_whole(differing):
    for life_ in differing["lives"].values():
        assert len(life_["risks"]) == life_["months"] > 0
        admitted = {e["month"] for e in life_["entries"] if e["what"] == "admission"}
        assert admitted == {m for m, r in life_["risks"].items() if r["draw"] < r["chance"]}
        handovers = [h for e in life_["entries"] for h in e["handovers"]]
        assert life_["totals"]["lost"] == sum(h["lost"] for h in handovers)
        for entry in life_["entries"]:
            for step in entry["steps"]:
                assert step["body"] in differing["names"]
                assert step["contract"]["holder"] in differing["names"]


# Groups


def test_groups_hold_whom_their_titles_say(after_burn_in):
    people, month = after_burn_in.residents.people, after_burn_in.month
    old = people[members(find_group("older_many_conditions"), people, month)]
    assert ((month - old["born"].astype(int)) // 12).min() >= 75
    assert np.bitwise_count(old["conditions"]).min() >= 3
    both = people[members(find_group("diabetes_and_heart_failure"), people, month)]
    assert ((both["conditions"] >> 2) & (both["conditions"] >> 4) & 1).all()
    assert members(find_group("anyone"), people, month).size == people.size
    assert [group.name for group in groups().values()] == list(groups())
    assert groups()[group_with(people[5], month).name].holds(people[5:6], month).all()


def test_someone_stays_the_same_when_others_go(after_burn_in):
    people, group = after_burn_in.residents.people, find_group("older_many_conditions")
    rows = members(group, people, after_burn_in.month)
    chosen = someone(people, rows, 1, group)
    assert chosen in rows
    assert someone(people, rows[(rows == chosen) | (rows % 2 == 0)], 1, group) == chosen
    assert len({someone(people, rows, seed, group) for seed in range(30)}) > 10


def test_nobody_fits_is_bad_input(after_burn_in):
    with pytest.raises(InputError, match="did you mean dementia"):
        find_person(after_burn_in.month, after_burn_in.residents, 1, Who("dementai"))
    with pytest.raises(InputError, match="none of the 5 people"):
        members(find_group("dementia"), after_burn_in.residents.people[:5], after_burn_in.month)
    young = int(np.argmax(after_burn_in.residents.people["born"]))
    with pytest.raises(InputError, match="is none of the"):
        find_person(
            after_burn_in.month, after_burn_in.residents, 1, Who("older_many_conditions", young)
        )


def test_counts_of_seeds_add_up(differing):
    like = differing["like_them"]
    both = added(like, like)
    assert both["seeds"] == 2 and both["people"] == 2 * like["people"]
    assert both["rows"][0]["lost"] == 2 * like["rows"][0]["lost"]
    assert both["pairs"][1]["what"] == "crises"
