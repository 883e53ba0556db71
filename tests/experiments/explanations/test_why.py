"""Why a run came as it did: events, chains, and runs with one decision undone."""

import dataclasses
import json
from importlib import import_module
from pkgutil import walk_packages

import pandas as pd
import pytest

import agents
from agents.choice.deciding import DecisionType
from experiments.commands.cli import exit_code
from experiments.explanations import undo as undoing
from experiments.explanations.explain import BEARING, event_number, ordered, print_changes
from experiments.explanations.undo import Pair, check_pair, instead_of
from experiments.explanations.undo_told import difference, verdict
from experiments.runs.folders import read_manifest
from model.input.errors import InputError, RunFailed
from model.policies.policy_finding import find_policy
from model.stories import decision_words as words
from model.stories.events import Event, answers, bearing_on, changes, event_of, events_of

LONGEST_LINE = 80


def event(number, agent, rule, about="", chosen="b", month=0, options=("a", "b"), **more):
    """An event with two options of which the second was taken, unless said otherwise."""
    worth = tuple(100.0 * k for k in range(len(options)))
    chances = tuple(1.0 / len(options) for _ in options)
    made = Event(number, month, agent, rule, about, chosen, options, worth, chances, {}, False, 6)
    return dataclasses.replace(made, **more)


BIDS = ("no_bid", "bid_at_ceiling")
TENDER = [
    event(0, "trust_a", "bid", "msk east", "bid_at_ceiling", 12, BIDS),
    event(1, "trust_b", "bid", "msk east", "bid_at_ceiling", 12, BIDS),
    event(2, "east", "award", "msk", "trust_a", 12, ("nobody", "trust_a", "trust_b")),
    event(3, "trust_b", "bid", "msk west", "bid_at_ceiling", 12, BIDS),
    event(4, "west", "award", "msk", "trust_c", 12, ("nobody", "trust_b", "trust_c")),
    event(5, "trust_b", "quality", "", "raise", 12, ("keep", "raise")),
    event(6, "trust_a", "quality", "", "keep", 12, ("keep", "raise")),
    event(7, "trust_a", "delivery", "msk east", "subcontract", 20, ("subcontract", "do_the_work")),
]


def test_what_a_short_list_leaves_out_is_told_by_its_largest_gain(capsys):
    routine = next(rule for rule in words.words() if words.is_routine(rule))
    alike = [event(k, "a", routine, month=12 * k, pounds=(0.0, 10.0**k)) for k in range(9)]
    (policy,) = [find_policy("status_quo").model_dump(mode="json")]
    run = {"policies": {"status_quo": policy}, "place": {"title": "Anyshire"}, "seed": 0,
           "years": 9, "patients": 10, "registered": 10}  # fmt: skip
    taken = event(10, "a", "award", "msk", "trust_a", 0, ("nobody", "trust_a"))
    print_changes("r", run, [taken, *alike])
    told = " ".join(capsys.readouterr().out.split())
    assert "and 1 further decision, the largest gain among them +1 £/year" in told


def numbers(events):
    return [found.event for found in events]


@pytest.mark.parametrize(
    ("asked", "number"), [("4", 4), ("award", 2), ("quality", 5), ("delivery", 7)]
)
def test_an_event_is_found_by_its_number_or_as_the_first_change_of_its_kind(asked, number):
    assert event_number(TENDER, asked) == number


def test_a_kind_of_decision_that_nobody_took_is_refused_with_the_nearest():
    with pytest.raises(InputError) as refused:
        event_number(TENDER, "awrd")
    assert refused.value.nearest == "award" and "a number" in refused.value.sentence()


def test_what_changed_leaves_out_what_was_kept_lost_bids_and_refused_offers():
    assert numbers(changes(TENDER)) == [0, 2, 4, 5]
    assert {n: numbers(found) for n, found in answers(TENDER).items()} == {0: [2], 1: [2], 3: [4]}
    offer = event(0, "gp_1", "future", "gp_2", "merge", 0, ("carry_on", "close", "merge"))
    refused = event(1, "gp_2", "merger_offer", "gp_1", "refuse", 0, ("refuse", "accept"))
    assert changes([offer, refused]) == []
    accepted = dataclasses.replace(refused, chosen="accept")
    assert numbers(changes([offer, accepted])) == [0, 1]


def test_a_merger_of_trusts_needs_an_acceptance_and_no_prohibition():
    ask = event(0, "weak", "trust_merger", "strong", "ask", 3, ("stay", "ask"))
    accept = event(1, "strong", "trust_merger_offer", "weak", "accept", 3, ("refuse", "accept"))
    review = event(
        2, "regulator", "merger_review", "weak strong", "clear", 3, ("prohibit", "clear")
    )
    assert numbers(changes([ask, accept, review])) == [0, 1, 2]
    assert changes([ask, accept, dataclasses.replace(review, chosen="prohibit")]) == []
    assert numbers(changes([ask, accept])) == [0, 1], "below the thresholds nobody rules on it"


def test_bids_bear_on_their_award_and_other_matters_come_behind():
    before, after = bearing_on(TENDER[2], TENDER)
    assert numbers(before) == [0, 1]
    assert numbers(after) == [7], "the clinics; not what others did in the same month, unasked"
    before, _ = bearing_on(TENDER[6], TENDER)
    assert numbers(before) == [], "nothing of the same month, its own included"
    next_year = dataclasses.replace(TENDER[6], month=24, event=8)
    before, _ = bearing_on(next_year, [*TENDER, next_year])
    assert 0 in numbers(before) and 5 not in numbers(before), "its own bid that won, not another's"


def test_what_neighbours_decide_at_once_is_no_cause_of_one_another():
    effort = ("less", "more")
    efforts = [
        event(n, f"gp_{n}", "effort", "", "more", month, effort, objects=frozenset({"list:gp_1"}))
        for n, month in enumerate((0, 0, 0, 12))
    ]
    before, after = bearing_on(efforts[1], efforts)
    assert numbers(before) == [] and numbers(after) == [3]
    before, _ = bearing_on(efforts[3], efforts)
    assert sorted(numbers(before)) == [0, 1, 2], "a year later they are known"
    before, after = bearing_on(TENDER[1], TENDER)
    assert 0 not in numbers(before), "bids are sealed"
    assert 2 in numbers(after)


def test_a_contract_of_the_same_name_elsewhere_is_another_matter():
    east, west = frozenset({"contract:east:msk"}), frozenset({"contract:west:msk"})
    where = [east, east, east, west, west, frozenset(), frozenset(), east]
    told = [dataclasses.replace(e, objects=o) for e, o in zip(TENDER, where, strict=True)]
    before, after = bearing_on(told[2], told)
    assert numbers(before) == [0, 1]
    assert numbers(after) == [7], "who does its work; not another's contract of the same month"
    other = event(8, "east", "review_contract", "stroke", "end", 14,
                  objects=frozenset({"contract:east:stroke"}))  # fmt: skip
    review = event(9, "east", "review_contract", "msk", "end", 24, objects=east)
    _, after = bearing_on(told[2], [*told, other, review])
    assert numbers(after).index(9) < numbers(after).index(8), "though it is later"


def test_what_touched_neither_the_object_nor_one_of_the_same_actor_came_before_nothing():
    """Awards of a pathway elsewhere, and what hospitals decide for themselves, are no cause."""
    east, west = frozenset({"contract:east:msk"}), frozenset({"contract:west:msk"})
    stay = frozenset({"stays:one:msk", "line:one:msk"})
    told = [
        event(0, "east", "award", "msk", "trust_a", 12, ("nobody", "trust_a"), objects=east),
        event(1, "trust_a", "length_of_stay", "msk one", month=12, objects=stay),
        event(2, "west", "tender", "msk", month=12, objects=west),
        event(3, "west", "tender", "stroke", month=12, objects=frozenset({"contract:west:stroke"})),
        event(4, "trust_b", "bid", "msk east", "bid_at_ceiling", 20, BIDS, objects=east),
        event(5, "west", "award", "msk", "trust_a", 24, ("nobody", "trust_a"), objects=west),
        event(6, "east", "review_contract", "msk", month=36, objects=east),
    ]  # fmt: skip
    before, after = bearing_on(told[5], told)
    assert numbers(before) == [2, 3] and numbers(after) == []
    before, _ = bearing_on(told[6], told)
    assert numbers(before) == [4, 0]


def test_the_best_other_option_is_the_one_worth_most():
    award = event(0, "east", "award", "msk", "x", 0, ("nobody", "x", "y", "z"))
    assert award.best_other() == "z" and instead_of(award, None) == "z"
    assert instead_of(award, "nobody") == "nobody"
    for option in ("x", "w"):
        with pytest.raises(InputError):
            instead_of(award, option)
    with pytest.raises(InputError, match="no other option"):
        instead_of(event(0, "a", "r", chosen="a", options=("a",)), None)
    with pytest.raises(InputError, match="no such event"):
        event_of([award], 1)


def test_an_event_of_an_unknown_rule_is_told_by_its_names():
    assert words.did(event(0, "x", "new_rule", "some thing", "do_it")) == (
        "decided new rule about some thing: do it"
    )
    assert words.effect(event(0, "x", "new_rule", "", "do_it")) == ""
    assert words.figure("price_trust_a").startswith("price that trust_a asked")
    assert words.figure("new_figure") == "new figure"


def test_every_rule_has_words_and_no_other_has():
    rules = {
        rule.name
        for module in walk_packages(agents.__path__, "agents.")
        for rule in vars(import_module(module.name)).values()
        if isinstance(rule, DecisionType)
    }
    told_rules = {name for name, about in words.words().items() if "question" in about}
    assert told_rules == rules


def test_habit_is_told_of_the_rules_that_have_inertia():
    rules = {
        rule.name: rule.status_quo_pounds > 0
        for module in walk_packages(agents.__path__, "agents.")
        for rule in vars(import_module(module.name)).values()
        if isinstance(rule, DecisionType)
    }
    assert {name: words.by_habit(event(0, "x", name)) for name in rules} == rules


def told(later_as_was, later_undone, chosen="b", instead="a"):
    first = event(0, "x", "r", "m", chosen)

    def run(options):
        return [event(k, "x", "r", "m", option, 12 * k) for k, option in enumerate(options, 1)]

    undone = dataclasses.replace(first, chosen=instead, forced=True)
    return verdict(Pair(first, instead, [first, *run(later_as_was)], [undone, *run(later_undone)]))


def test_the_verdict_says_whether_a_change_came_later_all_the_same():
    assert told("a", "ab").startswith("Yes. Without it, x") and "2 years later" in told("a", "ab")
    assert "not asked again" in told("bb", "")
    assert "asked again twice and left things" in told("", "aa")


def test_the_verdict_on_keeping_things_looks_at_the_run_as_it_was():
    assert told("ab", "b", chosen="a", instead="b").startswith("Yes. As it was, x")
    assert "asked again once and left things" in told("a", "b", chosen="a", instead="b")


def test_an_offer_that_is_refused_later_has_not_come_anyway():
    asked = event(0, "weak", "trust_merger", "strong", "ask", 3, ("stay", "ask"))
    again = dataclasses.replace(asked, month=15, event=1)
    answer = event(2, "strong", "trust_merger_offer", "weak", "refuse", 15, ("refuse", "accept"))
    undone = [dataclasses.replace(asked, chosen="stay", forced=True), again, answer]
    pair = Pair(asked, "stay", [asked], undone)
    assert pair.came_anyway() is None and "in vain" in verdict(pair)
    undone[2] = dataclasses.replace(answer, chosen="accept")
    assert pair.came_anyway() is again and verdict(pair).startswith("Yes")


def test_a_difference_is_shown_with_two_digits_or_said_to_be_about_none():
    assert difference(0.0, 2) == "0" and difference(0.0123, 2) == "+0.012"
    assert difference(-1e-9, 2) == "about 0" and difference(None, 2) == "–"


def test_a_pair_that_was_not_the_same_before_is_no_pair():
    kept = [event(0, "x", "r"), event(1, "z", "s", month=12), event(2, "y", "r", month=12)]
    forced = dataclasses.replace(kept[2], chosen="a", forced=True)
    check_pair(Pair(kept[2], "a", kept, [kept[0], forced]))  # without z's answer of that month
    with pytest.raises(RunFailed, match="repeated exactly"):
        check_pair(Pair(kept[2], "a", kept, [dataclasses.replace(kept[0], chosen="a"), forced]))
    with pytest.raises(RunFailed, match="cannot be forced"):
        check_pair(Pair(kept[2], "a", kept, kept))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two years of a carve-out that begins at once, kept where commands look for runs."""
    home = tmp_path_factory.mktemp("why")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        line = ["run", "carveout_msk:start_month=0", "--patients", "500", "--years", "2",
                "--out", "kept"]  # fmt: skip
        assert exit_code(line) == 0
        yield home / "kept"


def asked(capsys, *line, code=0):
    capsys.readouterr()
    assert exit_code(["explain", "kept", *map(str, line), "--json"]) == code
    return json.loads(capsys.readouterr().out)


def page_of(capsys, *line):
    capsys.readouterr()
    assert exit_code(["explain", "kept", *map(str, line)]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= LONGEST_LINE, line
    return page


def award_of(folder, buyer="east"):
    return next(e for e in events_of(folder) if e.rule == "award" and e.agent == buyer)


def bundles(folder, buyer):
    """Months and payees of what a commissioner pays under the contract."""
    ledger = pd.read_parquet(folder / "ledger.parquet")
    mine = ledger[(ledger["heading"] == "bundle") & (ledger["payer"] == buyer)]
    return mine[mine["pence"] > 0][["month", "payee"]].reset_index(drop=True)


def test_the_short_list_holds_changes_by_year_and_size(folder, capsys):
    table = pd.read_parquet(folder / "decisions.parquet")
    rows = asked(capsys)["rows"]
    assert rows and {row["year"] for row in rows} <= {1, 2, 3}
    order = [(row["year"], -abs(row["gain"]), row["event"]) for row in rows]
    assert order == sorted(order)
    for row in rows:
        kept = table.iloc[row["event"]]
        assert (kept["agent"], kept["rule"], kept["month"]) == (
            row["agent"], row["rule"], row["month"],
        )  # fmt: skip
        assert row["chosen"] != row["options"][0]
    year = asked(capsys, "--year", 2)["rows"]
    assert year == [row for row in rows if row["year"] == 2]
    page = page_of(capsys)
    assert "Begun by the policy" in page and "--undo" in page and " bid for " not in page
    assert "Year 2" in page_of(capsys, "--year", 2)


def test_what_bears_on_monopoly_comes_first_and_small_steps_push_nothing_out(folder, capsys):
    page = page_of(capsys)
    heads = [page.find(title) for title in BEARING.values()]
    assert heads[0] > 0 and [at for at in heads if at > 0] == sorted(at for at in heads if at > 0)
    award = page.find("gave the contract for")
    assert heads[0] < award < min(at for at in heads[1:] if at > 0)
    rows = asked(capsys)["rows"]
    assert {row["bears_on"] for row in rows} <= set(words.BEARS_ON) == set(BEARING)
    told = [about for about in words.words().values() if "question" in about]
    assert told and all(about["bears_on"] in BEARING for about in told)


def test_a_merger_is_listed_however_many_dearer_steps_there_are(capsys):
    routine = [
        event(n, f"t{n}", "savings", "", f"more{n}", 3, ("as_is", f"more{n}"), pounds=(0.0, 1e6))
        for n in range(19)
    ]
    offer = event(29, "gp_2", "future", "gp_1", "merge", 3, ("carry_on", "close", "merge"))
    merger = event(30, "gp_1", "merger_offer", "gp_2", "accept", 3, ("refuse", "accept"))
    manifest = {"policies": {"status_quo": {}}, "place": {"title": "T"}, "seed": 0, "years": 1,
                "patients": 1, "registered": 2}  # fmt: skip
    capsys.readouterr()
    print_changes("kept", manifest, [*routine, offer, merger])
    page = capsys.readouterr().out
    assert 0 < page.find("\n30 ") < page.find(BEARING["money"]) and "and 11 further" in page


def test_an_organisation_is_asked_about_one_year(folder, capsys):
    everything = asked(capsys, "--agent", "east")["rows"]
    one = asked(capsys, "--agent", "east", "--year", 2)["rows"]
    assert one and one == [row for row in everything if row["year"] == 2] != everything
    assert "in year 2" in page_of(capsys, "--agent", "east", "--year", 2)


def test_every_option_that_comes_up_is_told_in_words(folder):
    events = [found for found in events_of(folder) if found.rule in words.words()]
    assert {"award", "bid", "delivery", "effort", "quality"} <= {found.rule for found in events}
    for found in events:
        for option in found.options:
            assert "decided " not in words.did(found, option), (found.rule, option)
    figures = {(found.rule, name) for found in events for name in found.figures}
    assert not {(r, name) for r, name in figures if words.figure(name, r) == name.replace("_", " ")}


def test_a_figure_is_told_as_what_it_is_in_its_own_decision():
    assert words.figure("believed_saving", "hold_budget").startswith("share of")
    assert words.figure("believed_saving", "trust_merger").endswith("£ a year")
    assert "TRUST" in words.figure("quality_TRUST", "provider_split")


def test_rules_and_ends_that_a_policy_begins_are_named():
    def begun(name):
        policy = find_policy(name)
        return ordered({"policies": {name: policy.model_dump(mode="json")}})[0]

    assert "social_care.regulator.directs_councils = true" in begun("regulator_joint")
    assert "extended_hours_pence as on 2010-04-01" in begun("extended_hours_2010")
    assert "to April of year 5" in begun("commissioner_split")


def test_lists_in_a_row_can_be_asked_for(folder, capsys):
    assert exit_code(["query", str(folder), "SELECT options, * FROM decisions LIMIT 3"]) == 0
    first = events_of(folder)[0]
    assert ", ".join(first.options)[:40] in capsys.readouterr().out


def test_the_chain_of_an_award_shows_its_bids_and_what_it_changed(folder, capsys):
    award = award_of(folder)
    page = page_of(capsys, "--event", award.event)
    for said in ("commissioner", "The policy obliges", "What came before", "December of year 1"):
        assert said in page
    chain = asked(capsys, "--event", award.event)
    bids = {row["event"] for row in chain["before"] if row["rule"] == "bid"}
    events = events_of(folder)
    assert {e.event for e in events if e.rule == "bid" and e.about == "msk east"} <= bids
    assert any(row["rule"] == "delivery" for row in chain["after"])


def test_every_kind_of_event_is_told_in_80_columns(folder, capsys):
    kinds = {(e.rule, e.chosen): e.event for e in events_of(folder)}
    for number in kinds.values():
        assert "What changed by it" in page_of(capsys, "--event", number)
    assert "Event" in page_of(capsys, "--agent", "anyshire_gp_001")


def test_undoing_an_award_for_nobody_removes_the_prime_contract(folder, capsys):
    award = award_of(folder)
    was = bundles(folder, "east")
    assert set(was["payee"]) == {award.chosen} and was["month"].min() == award.effect_month
    answer = asked(capsys, "--event", award.event, "--undo", "--option", "nobody")
    undone = bundles(folder.parent / answer["folder"], "east")
    again = [row["undone"] for row in answer["later"]]
    assert again and again[0]["month"] == award.month + 12, "the policy asks again a year later"
    first = min([row["effect_month"] for row in again if row["is_change"]], default=10**6)
    assert (undone["month"] >= first).all()
    assert bundles(folder.parent / answer["folder"], "west").equals(bundles(folder, "west"))
    assert answer["differing_decisions_of_others"] > 0
    values = {row["outcome"]: row for row in answer["rows"]}
    assert values["programme_cost"]["difference"] != 0
    page = page_of(capsys, "--event", award.event, "--undo", "--option", "nobody")
    for said in ("Would it have come anyway?", "no interval", "Others took", "as it was"):
        assert said in page


def test_undoing_an_award_gives_it_to_the_best_other_bidder(folder, capsys):
    award = award_of(folder)
    answer = asked(capsys, "--event", award.event, "--undo")
    assert answer["instead"] == award.best_other() != award.chosen
    payees = set(bundles(folder.parent / answer["folder"], "east")["payee"])
    assert payees == {award.best_other()}
    forced = events_of(folder.parent / answer["folder"])[award.event]
    assert forced.forced and forced.chosen == award.best_other()
    again = asked(capsys, "--event", award.event, "--undo")
    assert again == answer, "kept, and not lived again"
    capsys.readouterr()
    assert exit_code(["explain", answer["folder"], "--event", str(award.event)]) == 0
    page = capsys.readouterr().out
    assert "The decision was forced" in page and "one decision was forced" in page


def test_undoing_a_kept_decision(folder, capsys):
    kept = next(e for e in events_of(folder) if e.rule == "quality" and not e.is_change)
    answer = asked(capsys, "--event", kept.event, "--undo")
    assert answer["instead"] in ("raise", "lower") and answer["event"]["chosen"] == "keep"
    assert "Did that come anyway" in page_of(capsys, "--event", kept.event, "--undo")
    table = pd.read_parquet(folder.parent / answer["folder"] / "decisions.parquet")
    assert table["forced"].sum() == 1 and table.iloc[kept.event]["chosen"] == answer["instead"]


def test_more_seeds_give_the_difference_an_interval(folder, capsys):
    event = next(e for e in events_of(folder) if e.rule == "quality")
    answer = asked(capsys, "--event", event.event, "--undo", "--seeds", 2)
    assert [pair["seed"] for pair in answer["pairs"]] == [1]
    row = next(row for row in answer["rows"] if row["outcome"] == "trust_surplus")
    assert row["runs"] == 2 and row["low"] <= row["estimate"] <= row["high"]
    differences = [row["difference"]] + [
        pair["undone"]["trust_surplus"] - pair["as_it_was"]["trust_surplus"]
        for pair in answer["pairs"]
    ]
    assert row["estimate"] == pytest.approx(sum(differences) / 2)
    page = page_of(capsys, "--event", event.event, "--undo", "--seeds", 2)
    assert "Mean of 2 pairs" in " ".join(page.split())


def test_a_seed_without_the_question_is_left_out(folder, capsys):
    event = next(e for e in events_of(folder) if e.rule == "delivery")
    answer = asked(capsys, "--event", event.event, "--undo", "--seeds", 3)
    known = [pair for pair in answer["pairs"] if pair["undone"]]
    assert len(answer["pairs"]) == 2 and len(known) < 2, "another bidder wins in some"
    assert {row["runs"] for row in answer["rows"] if row["outcome"] == "hhi"} == {1 + len(known)}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--event", "100000"], "no such event"),
        (["--event", "-1"], "no such event"),
        (["--year", "4"], "no such year"),
        (["--agent", "eastt"], "did you mean east?"),
        (["--agent", "east", "--event", "1"], "only one of"),
        (["--agent", "east", "--year", "9"], "no such year"),
        (["--undo"], "together with --event"),
        (["--event", "1", "--option", "x"], "--undo"),
        (["--event", "1", "--seeds", "0", "--undo"], "whole number"),
        (["--event", "0", "--undo", "--option", "usuall"], "not an option of this decision"),
        (["--event", "0", "--undo", "--place", "metropolis"], "not the place of the run"),
    ],
)
def test_bad_questions_are_told_in_one_sentence(folder, capsys, line, said):
    capsys.readouterr()
    assert exit_code(["explain", "kept", *line]) == 2
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1


def test_a_run_of_another_version_is_not_undone(folder, capsys, monkeypatch):
    monkeypatch.setattr(undoing, "code_version", lambda: "0.1.0+other")
    capsys.readouterr()
    assert exit_code(["explain", "kept", "--event", "0", "--undo"]) == 2
    assert "another version" in capsys.readouterr().err
    assert read_manifest(folder)[0]["seed"] == 0


@pytest.mark.parametrize("asked", ["²", "9" * 5000, "٣", "--3"])
def test_a_number_that_cannot_be_is_no_event(asked):
    with pytest.raises(InputError, match="no such decision"):
        event_number([], asked)
    assert event_number([], "0017") == 17
