"""Bad input, said in one sentence."""

import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

#: Characters that steer a terminal, turn the direction of writing, or cannot be seen or written.
STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]"
)

#: How much is the same of two names, of two names of one word, and of each of several words.
ALIKE, ALIKE_ALONE, ALIKE_WORD = 0.88, 0.75, 0.6
LONG_WORD = 6  # letters of a word that may stand for a name
SHORT_NAME = 3  # letters of the shortest name of which one may be another
LONGEST_LIST = 300  # letters of names in a sentence


LONGEST_KEY, LONGEST_PROBLEM, LONGEST_PATH = 120, 500, 300  # letters shown in a sentence


def as_written(value: Any, inside: bool = False) -> str:
    """A value as somebody wrote it, in words of TOML; a text has quotes `inside` a list only."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(as_written(one, inside=True) for one in value)}]"
    if isinstance(value, Mapping):
        fields = (f"{key} = {as_written(of, inside=True)}" for key, of in value.items())
        return f"{{{', '.join(fields)}}}"
    return f'"{value}"' if inside and isinstance(value, str) else str(value)


def printable(text: str) -> str:
    """The same text with characters that a terminal would obey written as their codes."""
    return STEERING.sub(lambda found: ascii(found[0])[1:-1], text)


class InputError(Exception):
    """Input that cannot be used: which file, which key, which value, what is allowed.

    `allowed` may be a sentence ("a whole number of at least 1") or the valid names themselves, in
    which case the nearest one is offered, if need be by `titles` (name: title). Commands print it
    in one sentence and exit with code 2.
    """

    def __init__(
        self,
        problem: str,
        *,
        file: str | Path | None = None,
        key: str | None = None,
        value: Any = None,
        allowed: str | Iterable[str] | None = None,
        titles: Mapping[str, str] | None = None,
    ):
        self.problem, self.key, self.value = problem, key, value
        self.file = str(file) if file is not None else None
        names = None if allowed is None or isinstance(allowed, str) else sorted(allowed)
        self._names = names
        self.nearest = nearest(str(value), names, titles or {}) if names else None
        self.allowed = ", ".join(names) if names is not None else allowed
        super().__init__(self.sentence())

    def sentence(self) -> str:
        """One sentence that names the file, the key, the value, what is allowed, the nearest."""
        where = f"{_short(self.file, LONGEST_PATH)}: " if self.file else ""
        key = f"{_short(self.key, LONGEST_KEY)}: " if self.key else ""
        value = f" (got {_short(as_written(self.value))})" if self.value is not None else ""
        allowed = f"; allowed: {self._allowed_in_short()}" if self.allowed else ""
        nearest = f"; did you mean {self.nearest}?" if self.nearest else "."
        if nearest == "." and f"{self.problem}{value}{allowed}".endswith((".", "?", "!")):
            nearest = ""  # what others wrote has ended its sentence
        problem = _short(self.problem, LONGEST_PROBLEM)
        whole = printable(f"{where}{key}{problem}{value}{allowed}{nearest}")
        return " ".join(whole.splitlines())

    def _allowed_in_short(self) -> str:
        """What is allowed; of many names as many as a sentence holds, and how many more."""
        if self._names is None:
            return _short(self.allowed, LONGEST_LIST)
        told: list[str] = []
        length = 0
        for name in self._names:
            length += len(name) + 2
            if length > LONGEST_LIST:
                return f"{', '.join(told)} and {len(self._names) - len(told)} more"
            told.append(name)
        return ", ".join(told)

    def record(self) -> dict[str, Any]:
        """The same as a record for machines."""
        value = None if self.value is None else as_written(self.value)
        return {
            "file": self.file,
            "key": self.key,
            "value": value,
            "problem": self.problem,
            "allowed": self.allowed,
            "nearest": self.nearest,
        }


class RunFailed(Exception):
    """Work that had to stop before its end through no fault of the input, told in one sentence."""


def nearest(value: str, names: list[str], titles: Mapping[str, str]) -> str | None:
    """The name that was probably meant: alike word by word, or the one that adds least.

    Or else the one whose title is alike, or that alone has one of its long words. Names that share
    but a part ("care of eyes" and "care of feet") are no hint.
    """
    found = _nearest_name(value, names)
    if found or not titles:
        return found
    by_title = {title: name for name, title in titles.items()}
    alike = _nearest_name(value, list(by_title))
    return by_title[alike] if alike else _by_long_word(value, titles)


def _nearest_name(value: str, names: list[str]) -> str | None:
    typed = _numbers(value)
    names = [name for name in names if not typed or _numbers(name) in ([], typed)]
    if not names:
        return None
    whole = max(names, key=lambda name: (_alike(value, name), name))
    if _alike(value, whole) >= ALIKE:
        return whole
    near = [name for name in names if _same_words(_words(value), _words(name))]
    near = near or [name for name in names if _letters(name) == _letters(value) != ""]
    if near:
        return max(near, key=lambda name: (_alike(value, name), name))
    if len(other := [name for name in names if _one_letter_off(value, name)]) == 1:
        return other[0]
    holding = [name for name in names if value and set(_words(value)) < set(_words(name))]
    fewest = min((len(_words(name)) for name in holding), default=0)
    short = [name for name in holding if len(_words(name)) == fewest]
    return short[0] if len(short) == 1 else None


def _by_long_word(value: str, titles: Mapping[str, str]) -> str | None:
    """The one name that, or whose title, has a word that begins like a long one of `value`."""
    for word in sorted(_words(value), key=len, reverse=True):
        if len(word) < LONG_WORD:
            return None
        stem = word[: max(LONG_WORD, len(word) - 2)]
        having = [
            name
            for name, title in titles.items()
            if any(other.startswith(stem) for other in (*_words(name), *_words(title)))
        ]
        if len(having) == 1:
            return having[0]
    return None


def _words(text: str) -> list[str]:
    return re.split(r"[\W_]+", text.casefold())


def _letters(text: str) -> str:
    """Its letters in order, which are the same for `msk_carve_out` and `carveout_msk`."""
    return "".join(sorted("".join(_words(text))))


def _one_letter_off(one: str, other: str) -> bool:
    """Whether one letter of a short name is another: `hhl` for `hhi`."""
    pairs = list(zip(one.casefold(), other.casefold(), strict=False))
    alike = len(pairs) == len(one) == len(other) >= SHORT_NAME
    return alike and sum(a != b for a, b in pairs) == 1


def _numbers(text: str) -> list[str]:
    """The numbers in a name, without the zeros they begin with."""
    return [digits.lstrip("0") for digits in re.findall(r"[0-9]+", text)]


def _same_words(one: list[str], other: list[str]) -> bool:
    pairs = zip(one, other, strict=False)
    least = ALIKE_ALONE if len(one) == 1 else ALIKE_WORD
    return len(one) == len(other) and all(_alike(*pair) >= least for pair in pairs)


def _alike(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.casefold(), other.casefold()).ratio()


def _short(value: Any, longest: int = 80) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= longest else text[: longest - 3] + "..."
