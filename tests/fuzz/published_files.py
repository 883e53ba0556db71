"""Published files as they lie in a folder: other delimiters, encodings, columns, cells, damage."""

import csv
import io
import random
import shutil
import zipfile
from functools import cache
from pathlib import Path

import odd
import published
from fuzzing import Input, Target, check_that
from handed_over import base, sound_place

from model.places.place import Place
from model.places.sources.build import build_place
from model.places.sources.source_files import found_files

DELIMITERS = {"hosp.csv": "¬", "trust.csv": "¬", "eric.csv": "$"}
ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32", "latin-1")
QOF = published.rows(
    "PRACTICE_CODE,GROUP_CODE,REGISTER,PATIENT_LIST_TYPE,PATIENT_LIST_SIZE",
    "A00001,HYP,360,TOTAL,1800", "A00002,HYP,180,TOTAL,1800",
)  # fmt: skip
CELLS = ("-1", "1e18", "nan", "inf", "", "x", "0", "1.5", "1,800", "99999999", "-0", "*", "\x1b[2J",
         "01B", "a" * 3_000, "'", '"', "\n", "=1+1", "1e308",
         "12345678901234567890", "٣")  # fmt: skip


@cache
def _folder(route: str) -> dict[str, bytes]:
    """A folder's files with their content."""
    top = base() / "published" / route
    if route == "joined":
        published.write(top, published.joined_files())
    else:
        published.write_official(top)
        (top / "QOF_PREVALENCE_1415.csv").write_text(QOF)
    return {path.name: path.read_bytes() for path in sorted(top.iterdir())}


def _files(luck: random.Random) -> Input:
    route = luck.choice(("official", "official", "joined"))
    names = sorted(_folder(route))
    return Input(route, [_edit(luck, luck.choice(names)) for _ in range(luck.choice((1, 1, 2, 3)))])


def _edit(luck: random.Random, name: str) -> tuple:
    what = luck.choice((
        "cell", "cell", "cell", "cell", "header", "header", "delimiter", "encoding", "line ends",
        "bytes", "bytes", "text", "gone", "copy", "named", "drop column", "row twice",
        "sheet", "quotes",
    ) if luck.random() > 0.005 else ("bomb",))  # fmt: skip
    more: dict[str, tuple] = {
        "cell": (luck.random(), luck.random(), luck.choice(CELLS)),
        "header": (luck.random(), odd.misspelt(luck, "CODE")),
        "drop column": (luck.random(),), "row twice": (luck.random(),),
        "delimiter": (luck.choice(",;\t|^~¬$ "),), "encoding": (luck.choice(ENCODINGS),),
        "line ends": (luck.choice(("\r", "\r\n", "\n\n")),),
        "bytes": (odd.byte_edit(luck),), "text": (odd.text_edit(luck),),
        "named": (luck.choice((".xlsx", ".ods", ".xls", ".txt", ".zip", "", ".kml", ".parquet")),),
        "bomb": (luck.choice((".xlsx", ".ods")),),
        "sheet": (luck.random(), luck.choice((*CELLS[:-1], "Org Code", "Total"))),
    }  # fmt: skip
    return name, what, *more.get(what, ())


def _applied(files: dict[str, bytes], edit: tuple) -> None:
    name, what, *more = edit
    if name not in files:
        return
    raw = files[name]
    if what in ("gone", "named", "copy"):
        files.pop(name) if what != "copy" else None
        if what != "gone":
            files[f"{Path(name).stem}{more[0]}" if more else f"more_{name}"] = raw
    elif what == "bomb":
        files[f"bomb{more[0]}"] = _bomb()
    elif what == "bytes":
        files[name] = odd.damaged(raw, more[0])
    elif name.endswith(".xlsx"):
        files[name] = _with_cell(raw, *more) if what == "sheet" else raw
    else:
        files[name] = _text_edited(name, raw, what, more)


def _text_edited(name: str, raw: bytes, what: str, more: list) -> bytes:
    encoding = "cp1252" if b"\xac" in raw else "utf-8"
    text = raw.decode(encoding, "replace")
    if what == "encoding":
        return text.encode(more[0], "replace")
    if what == "line ends":
        return text.replace("\n", more[0]).encode(encoding, "replace")
    if what == "text":
        return odd.edited(text, more[0]).encode(encoding, "replace")
    mark = DELIMITERS.get(name, ",")
    rows = list(csv.reader(text.splitlines(), delimiter=mark))
    if not rows:
        return raw
    if what == "delimiter":
        mark = more[0]
    else:
        _edit_rows(rows, what, more)
    made = io.StringIO()
    quoting = csv.QUOTE_ALL if what == "quotes" else csv.QUOTE_MINIMAL
    csv.writer(made, delimiter=mark, lineterminator="\n", quoting=quoting).writerows(rows)
    return made.getvalue().encode(encoding, "replace")


def _edit_rows(rows: list[list[str]], what: str, more: list) -> None:
    if what == "cell":
        row = rows[int(more[0] * len(rows))]
        if row:
            row[int(more[1] * len(row))] = more[2]
    elif what == "row twice":
        rows.append(list(rows[int(more[0] * len(rows))]))
    elif what in ("header", "drop column"):
        k = int(more[0] * len(rows[0]))
        if what == "header":
            rows[0][k : k + 1] = [more[1]]
        else:
            for row in rows:
                del row[k : k + 1]


def _with_cell(raw: bytes, where: float, value: str) -> bytes:
    """A workbook of beds with another cell."""
    cells = published.bed_cells()
    row = cells[int(where * len(cells))]
    row[int(where * 997) % len(row)] = value.replace("\x1b", "")
    path = base() / "other.xlsx"
    published.workbook(path, "NHS Trust by Sector", cells)
    return path.read_bytes()


@cache
def _bomb() -> bytes:
    """A workbook of few bytes whose one sheet is 220 MB long."""
    path = base() / "bomb.xlsx"
    published.workbook(path, "NHS Trust by Sector", [["Org Code"]])
    held = io.BytesIO()
    with (
        zipfile.ZipFile(path) as small,
        zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as large,
    ):
        for name in small.namelist():
            text = small.read(name)
            if "sheet" in name:
                rows = b"<row><c><v>1</v></c></row>" * 40_000
                before, after = text.split(b"</sheetData>")
                text = before + rows * 250 + b"</sheetData>" + after
            large.writestr(name, text)
    return held.getvalue()


def _put(given: Input, work: Path) -> Path:
    files = dict(_folder(given.base))
    for edit in given.edits:
        _applied(files, edit)
    folder = work.parent / "files"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, raw in files.items():
        (folder / name).write_bytes(raw)
    return folder


def _feed_recognition(given: Input, work: Path) -> None:
    folder = _put(given, work)
    found = found_files(folder).found
    told = {one.path.name for one in found}
    check_that(told == {path.name for path in folder.iterdir() if path.is_file()}, "a file lost")
    check_that(all(one.kind or one.note for one in found), "skipped without a reason")


def _feed_build(given: Input, work: Path) -> None:
    place = build_place(_put(given, work), ["01A"], "leigh")
    sound_place(place)
    saved = Place.load(place.save(work.parent / "kept" / "leigh"))
    shutil.rmtree(work.parent / "kept")
    check_that(saved.hash() == place.hash(), "another place when it is read again")
    whole = sum(int(size) for size in place.practices["list_size"])
    check_that(whole == place.lists["patients"].sum(), "patients")


TARGETS = [
    Target("file kinds", _files, _feed_recognition, 12),
    Target("place build", _files, _feed_build, 5),
]
