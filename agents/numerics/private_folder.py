"""Folders for what Python runs later: compiled rules and bytecode, which only their user may write.

Whoever can write there can have others run their code. So a folder is taken only if it belongs to
the user and nobody else may enter it; otherwise there is none, and nothing is kept.
"""

import os
import shutil
import stat
from contextlib import suppress
from pathlib import Path

import platformdirs

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
ROOM_BYTES = 200_000_000  # the bytecode of all that a command imports, with a margin


def private_folder(*names: str) -> Path | None:
    """A folder of these names within the user's cache folder, made if it is not there yet.

    None if one on the way to it cannot be had, is a link or belongs to somebody else.
    """
    folder = Path(platformdirs.user_cache_dir("joinedup", False))
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        _make_private(folder)
        for name in names:
            folder = folder / name
            _make_private(folder)
    except OSError:
        return None
    return folder


def has_room(folder: Path) -> bool:
    """Whether there is room on its disk for all that Python would keep."""
    try:
        return shutil.disk_usage(folder).free >= ROOM_BYTES
    except OSError:
        return False


def _make_private(folder: Path) -> None:
    """Make a folder that is the user's own alone; what others may have put into it is removed."""
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or not _is_own(found):
        raise PermissionError(f"{folder} is a link or somebody else's")
    if hasattr(os, "geteuid") and stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)
        if found.st_mode & OTHERS_WRITE:
            shutil.rmtree(folder)
            folder.mkdir(mode=0o700)


def _is_own(found: os.stat_result) -> bool:
    """Whether it is the user's; on Windows the user's profile is closed to others by itself."""
    return not hasattr(os, "geteuid") or found.st_uid == os.geteuid()
