"""Places by name or folder: drawn, built from published statistics, or read."""

from pathlib import Path

from model.places.named_places import check_place, named_places
from model.places.place import Place


def find_place(name_or_path: str | Path, data: Path | None = None) -> Place:
    """The place of this name or in this folder; real places are built from the folder `data`.

    Drawn places need no data. `InputError` offers the nearest name, or says how to give the data.
    """
    check_place(name_or_path, data)
    text, folder = str(name_or_path), Path(name_or_path)
    entry = named_places().get(text)
    if entry is None:
        return Place.load(folder)
    if entry["synthetic"]:
        from model.places.drawn import draw_place

        return draw_place(text)
    from model.places.sources.build import build_place

    assert data is not None
    return build_place(Path(data), entry["commissioners"], text)
