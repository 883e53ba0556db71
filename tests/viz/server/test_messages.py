"""What a page says is held against its form: a wrong type is refused in words, never our fault."""

import math

import pytest

from model.input.errors import InputError
from viz.server.messages import LARGEST, MOST_LISTED, PARTS, checked
from viz.server.page_requests import CLOSE, PageRequest, page_request_with
from viz.session.beginnings import Beginnings
from viz.session.runner import ANSWERS, Runner

WRONG = (None, True, "", "x", "1", -1.5, math.nan, math.inf, 10**400, [], [1], ["x"], {}, {"a": 1},
         [[1]], "\x1b[2J", "x" * 20_000)  # fmt: skip


@pytest.fixture(scope="module")
def runner():
    """A runner that shows a small place, and what it said last."""
    heard: list[dict] = []
    made = Runner(
        Beginnings(), PageRequest(patients=300, years=1), lambda said, _: heard.append(said)
    )
    made._guarded(lambda: made._answer({"do": "hello"}))
    assert heard[-1]["kind"] == "frame"
    return made, heard


def test_every_message_that_is_answered_has_a_form():
    assert set(PARTS) == set(ANSWERS)


@pytest.mark.parametrize("do", sorted(PARTS))
def test_parts_of_the_wrong_type_are_refused_in_words(runner, do):
    made, heard = runner
    for part, kind in PARTS[do].items():
        for value in WRONG:
            if kind.holds(value):
                continue
            heard.clear()
            made._guarded(lambda part=part, value=value: made._answer({"do": do, part: value}))
            assert [said["kind"] for said in heard] == ["refused"], (do, part, value)
            assert f"{do}.{part}: this must be {kind.words}" in heard[0]["text"]
            assert len(heard[0]["text"]) < 300 and "\x1b" not in heard[0]["text"]


@pytest.mark.parametrize(
    "message",
    [None, 3, "hello", [], ["do"], {}, {"do": None}, {"do": []}, {"do": {}}, {"do": "fly"},
     {"do": "close"}, dict(CLOSE)],
)  # fmt: skip
def test_what_is_no_message_is_refused_in_words(runner, message):
    made, heard = runner
    heard.clear()
    made._guarded(lambda: made._answer(message))
    assert [said["kind"] for said in heard] == ["refused"]


def test_whole_numbers_and_lists_have_bounds():
    with pytest.raises(InputError, match="whole number"):
        checked({"do": "seek", "month": LARGEST + 1})
    with pytest.raises(InputError, match="list of whole numbers"):
        checked({"do": "person", "numbers": [1] * (MOST_LISTED + 1)})
    assert checked({"do": "seek", "month": 3, "more": object()}) == {"do": "seek", "month": 3}


@pytest.mark.parametrize("value", [1.5, True, math.nan, math.inf, -math.inf, [], None])
def test_a_number_in_a_wish_is_a_whole_one(value):
    with pytest.raises(InputError, match="number"):
        page_request_with(PageRequest(), {"seed": value})
