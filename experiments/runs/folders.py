"""Folders of results: named by what they hold, whole or not at all, never overwritten."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from experiments.runs.licences import FILE as LICENCE_FILE
from experiments.runs.licences import licences_of
from experiments.runs.options import LARGEST_SEED, LONGEST_YEARS, MOST_PATIENTS
from experiments.runs.processor import processor
from experiments.terminal.output import SCHEMA, plain
from model.input.errors import InputError, RunFailed
from model.input.plain import check_no_links
from model.input.reading import check_fields, check_file, read_json

RUNS = Path("runs")
MANIFEST = "manifest.json"
DIGITS = 16  # of a name that stands for what a file or folder holds
TRIAL_BYTES = 1_000_000  # written and removed before anything is lived
RUN_FIELDS = {  # what the manifest of one run says, as far as anything is told of it
    **{"code": str, "minds": str, "levers": dict, "policies": dict},
    **dict.fromkeys(("years", "seed", "patients", "registered"), int),
    **dict.fromkeys(("place.name", "place.title", "place.hash"), str),
}
RUN_BOUNDS = {
    "years": (1, LONGEST_YEARS), "seed": (0, LARGEST_SEED), "patients": (1, MOST_PATIENTS),
}  # fmt: skip
SWEEP_FIELDS = {
    **{"code": str, "study": dict, "places": dict, "policies": dict},
    **dict.fromkeys(("study.years", "study.replicates", "study.seed"), int),
    **dict.fromkeys(("study.levers", "study.uncertain"), dict),
    "study.against": str,
}
LIBRARIES = ("numpy", "numba", "mesa")


@cache
def code_version() -> str:
    """The version of the package and a hash of its sources, parameters and policies."""
    root, digest = Path(__file__).parents[2], hashlib.sha256()
    for package in ("agents", "experiments", "model"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml"):
                digest.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return f"{version('joinedup')}+{digest.hexdigest()[:12]}"


def installed() -> str:
    """The code, the libraries and the processor that results depend on, in one line."""
    libraries = (f"{name}-{version(name)}" for name in LIBRARIES)
    return " ".join([code_version(), *libraries, processor()])


def manifest_of(
    command: str, described: Mapping[str, Any], policies: Mapping[str, Any]
) -> dict[str, Any]:
    """All that a result depends on, and nothing that differs between two runs of the same."""
    terms = {name: policy.model_dump(mode="json") for name, policy in policies.items()}
    whole = {
        "schema": SCHEMA,
        "command": command,
        "code": code_version(),
        **described,
        "policies": terms,
        "libraries": {name: version(name) for name in LIBRARIES},
        "processor": processor(),
    }
    manifest: dict[str, Any] = plain(whole)
    return manifest


def hash_of(manifest: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits that stand for everything in the manifest."""
    text = json.dumps(manifest, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGITS]


def kept(folder: Path, manifest: Mapping[str, Any], may_be_there: bool) -> dict[str, Any] | None:
    """The results in `folder` if it is complete and of this manifest; None if there is no folder.

    `InputError` if the folder may not be there, or holds anything else. `may_be_there`: whether a
    command was asked to go on with one.
    """
    if not folder.exists():
        return None
    if not may_be_there:
        raise InputError(
            "this exists already; give another --out, or --resume to go on with it",
            file=folder, key="--out",
        )  # fmt: skip
    found, results = read_manifest(folder)
    if found != manifest:
        raise InputError(f"this folder holds something else: {difference(found, manifest)}",
                       file=folder, key="--out", allowed="another --out")  # fmt: skip
    return results


def difference(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """In what a folder differs from what is asked of it, in words."""
    return made_elsewhere(found, manifest) or "; ".join(
        f"{key} differs"
        if isinstance(manifest[key], dict)
        else f"{key} is {found.get(key, 'not told')} there and {manifest[key]} here"
        for key in manifest
        if found.get(key) != manifest[key]
    )


def made_elsewhere(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> str:
    """That another version made a folder, or another processor, in words; empty if neither did."""
    if found.get("code") != manifest.get("code"):
        return f"the code was {found.get('code', 'not told')} there and is {manifest['code']} here"
    if found.get("processor") != manifest.get("processor"):
        return f"it was lived on another processor ({found.get('processor', 'not told')})"
    return ""


def read_manifest(folder: Path, check_tables: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the results of a folder; `InputError` if there are none that can be read.

    Nor may anything in the folder lead out of it. `check_tables`: whether the tables beside it must
    be as they were written.
    """
    content = _sealed(folder)
    tables, results = content.pop("tables", {}), content.pop("results", {})
    if check_tables:
        _check_tables(folder, tables)
    return content, results


def _sealed(folder: Path) -> dict[str, Any]:
    """All that a manifest says, if it is as it was written."""
    path = folder / MANIFEST
    if not folder.is_dir():
        raise InputError("not a folder" if folder.exists() else "no such folder", file=folder)
    if not os.path.lexists(path):
        raise InputError("no results here: there is no manifest.json", file=folder)
    check_no_links(folder)
    check_file(path, "no such file")
    content = read_json(path)
    if not isinstance(content, dict) or content.get("schema") != SCHEMA:
        raise InputError("written by something else", file=path, key="schema", allowed=SCHEMA)
    seal = content.pop("seal", None)
    if seal is None:
        raise InputError("damaged: the manifest has no seal", file=path, key="seal")
    if seal != hash_of(content):
        raise InputError("damaged: not as it was written", file=path)
    return content


def _check_tables(folder: Path, digests: Any) -> None:
    """`InputError` if a table that is there is not as it was written."""
    if not isinstance(digests, dict):
        raise InputError("damaged: not as it was written", file=folder / MANIFEST, key="tables")
    for table in folder.glob("*.parquet"):
        digest = digests.get(table.name)  # none of what came later
        if digest is not None and (not table.is_file() or digest != digest_at(table)):
            raise InputError("damaged: this table is not as it was written", file=table)


def digest_of(content: bytes) -> str:
    """Sixteen hexadecimal digits that stand for every byte of a file with this content."""
    return hashlib.sha256(content).hexdigest()[:DIGITS]


def digest_at(path: Path) -> str:
    """What `digest_of` makes of the content of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:DIGITS]


def manifest_of_run(folder: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The manifest and the results of the folder of one run; `InputError` if it is none."""
    manifest, results = read_manifest(folder)
    if manifest.get("command") != "run":
        raise InputError("not the folder of a run", file=folder, value=manifest.get("command"),
                       allowed="what `joinedup run` wrote")  # fmt: skip
    check_fields(manifest, RUN_FIELDS, folder / MANIFEST)
    _check_bounds(manifest, folder / MANIFEST)
    if len(manifest["policies"]) != 1:
        raise InputError("damaged: a run has one policy", file=folder / MANIFEST, key="policies")
    return manifest, results


def _check_bounds(manifest: Mapping[str, Any], file: Path) -> None:
    """`InputError` about a number that no run can have been asked for."""
    for key, (least, most) in RUN_BOUNDS.items():
        if not least <= manifest[key] <= most:
            raise InputError(f"damaged: the entry {key} is out of range", file=file, key=key,
                           value=manifest[key], allowed=f"{least} to {most:,}")  # fmt: skip


def manifest_of_sweep(folder: Path) -> dict[str, Any]:
    """The manifest of the folder of a sweep; `InputError` if it is none.

    Its tables may be damaged: a sweep that goes on writes them anew, and whoever reads them checks.
    """
    manifest, _ = read_manifest(folder, check_tables=False)
    if manifest.get("command") != "sweep":
        raise InputError("not the folder of a sweep", file=folder, value=manifest.get("command"),
                       allowed="what `joinedup sweep` wrote")  # fmt: skip
    check_fields(manifest, SWEEP_FIELDS, folder / MANIFEST)
    return manifest


def find_run(text: str) -> Path:
    """The run folder at a path, or the one under `runs/` whose name begins so."""
    if not text.strip():
        raise InputError("an empty name", key="run", allowed="a run folder")
    if Path(text).is_dir():
        return Path(text)
    kept = [path.name for path in RUNS.glob("*") if (path / "decisions.parquet").is_file()]
    start = Path(text).name if Path(text).parent == RUNS else text
    found = [name for name in kept if name.startswith(start)]
    if len(found) != 1:
        problem = "several runs begin so" if found else "no such run folder, here or in runs/"
        raise InputError(problem, key="run", value=text, allowed=found or kept or None)
    return RUNS / found[0]


def check_parent(folder: Path, key: str = "--out") -> None:
    """`InputError` (about `key`) if `folder` cannot be made as something above it is a file."""
    for parent in folder.parents:
        if parent.exists():
            if not parent.is_dir():
                raise InputError("not a folder", file=parent, key=key)
            return


def check_writable(path: Path, key: str = "--out") -> None:
    """`InputError` (about `key`) if nothing can be written where `path` will be.

    It is tried by writing: permissions say nothing of full disks and little of the superuser.
    """
    there = path.absolute()
    while not there.is_dir():
        there = there.parent
    try:
        with tempfile.TemporaryDirectory(prefix=".joinedup_", dir=there) as tried:
            _write_and_sync(Path(tried) / "trial", bytes(TRIAL_BYTES))
    except OSError as error:
        raise InputError(f"nothing can be written here: {reason_of(error)}", file=there, key=key,
                       allowed="a folder with room that may be written to") from None  # fmt: skip


def _write_and_sync(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_whole(content: bytes, path: Path) -> None:
    """Write a file, whole or not at all."""
    partial = path.with_suffix(".partial")
    try:
        _write_and_sync(partial, content)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def reason_of(error: OSError) -> str:
    """Why something could not be written, in the system's words."""
    if error.errno is None and (found := re.search(r"\[errno (\d+)\]", str(error), re.IGNORECASE)):
        return os.strerror(int(found[1])).lower()  # a library's words around those of the system
    return (error.strerror or str(error)).lower()


def check_name(path: Path, key: str, ending: str) -> None:
    """`InputError` (about `key`) if the name of a file is empty, made of dots, or an ending alone.

    `path`: of the file, `ending`: what its name must not be alone.
    """
    before_ending = path.stem if path.suffix else path.name
    if not before_ending.strip(". ") or (before_ending.startswith(".") and not path.suffix):
        raise InputError("not a name for a file", key=key, value=path,
                       allowed=f"a name such as results{ending}")  # fmt: skip


def check_new_file(path: Path, key: str) -> None:
    """`InputError` (about `key`) if there is such a file already, or it cannot be made."""
    check_name(path, key, path.suffix)
    if path.exists():
        raise InputError("this file exists already; give another name", file=path, key=key)
    check_parent(path, key)
    check_writable(path, key)


@contextmanager
def building(folder: Path) -> Iterator[Path]:
    """A folder `<name>.partial` to fill; renamed when complete, removed if anything goes wrong."""
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        partial.rename(folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise


def write_manifest(
    folder: Path,
    manifest: Mapping[str, Any],
    results: Mapping[str, Any],
    tables: Mapping[str, str] | None = None,
) -> None:
    """Write what was done and what came out as `manifest.json`, whole or not at all.

    It is sealed, so that damage is noticed; `tables` are the digests of tables beside it.
    """
    whole = plain({**manifest, "results": results, "tables": tables or {}})
    text = json.dumps({**whole, "seal": hash_of(whole)}, indent=1, ensure_ascii=False)
    partial = folder / f"{MANIFEST}.partial"
    partial.write_text(text + "\n", encoding="utf-8", newline="\n")
    partial.replace(folder / MANIFEST)


#: Results, and what writes the files beside the manifest.
type Made = tuple[dict[str, Any], Callable[[Path], None]]


def kept_or_made(
    out: Path | None,
    resume: bool,
    manifest: Mapping[str, Any],
    default: str,
    make: Callable[[], Made],
) -> tuple[Path, dict[str, Any], bool]:
    """The folder and its results, made if they are not there yet, and whether they were there.

    `make` returns the results and what writes the files beside the manifest. Without `out` the
    folder is named by the manifest, so that finding it means the same has been done before.
    """
    folder = folder_of(out, manifest, default)
    check_parent(folder)
    results = kept(folder, manifest, may_be_there=resume or out is None)
    if results is not None:
        return folder, results, True
    check_writable(folder)
    results, write = make()
    try:
        _fill(folder, manifest, results, write)
    except OSError as error:
        kept_at = _kept_elsewhere(folder, manifest, results, write)
        raise RunFailed(f"{folder}: {reason_of(error)}; {kept_at}") from error
    return folder, results, False


def folder_of(out: Path | None, manifest: Mapping[str, Any], default: str) -> Path:
    """Where results lie: in `out`, or in runs/ under a name that holds the manifest's hash.

    `default`: the name in runs/, with {} for the hash.
    """
    return out or RUNS / default.format(hash_of(manifest))


def _fill(
    folder: Path, manifest: Mapping[str, Any], results: Mapping[str, Any],
    write: Callable[[Path], None],
) -> None:  # fmt: skip
    with building(folder) as partial:
        write(partial)
        write_licences(partial, manifest)
        tables = {path.name: digest_at(path) for path in sorted(partial.glob("*.parquet"))}
        write_manifest(partial, manifest, results, tables)


def write_licences(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Put beside results of real places what the licences of their data ask for."""
    if told := licences_of(manifest):
        text = "\n".join(told) + "\n"
        (folder / LICENCE_FILE).write_text(text, encoding="utf-8", newline="\n")


def _kept_elsewhere(
    folder: Path, manifest: Mapping[str, Any], results: Mapping[str, Any],
    write: Callable[[Path], None],
) -> str:  # fmt: skip
    """Keep in the temporary folder what could not be written where it was asked for."""
    try:
        instead = Path(tempfile.mkdtemp(prefix="joinedup_")) / folder.name
        _fill(instead, manifest, results, write)
    except OSError:
        return "nor can it be kept in the temporary folder."
    return f"what was lived is kept in {instead}"
