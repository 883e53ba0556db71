"""Where Python keeps what it compiled of imported files.

Containers often tell Python to write nothing beside its sources. Every command would then compile
all it imports anew, which takes longer than many a run.
"""

import os
import sys

from agents.numerics.private_folder import has_room, private_folder


def keep_bytecode() -> None:
    """Where nothing may be written beside sources, keep bytecode in the user's own cache folder.

    It holds for what is imported from now on, here and in processes that begin from here. On a disk
    that is nearly full nothing is added: Python keeps what was cut short there, and fails on it.
    """
    if not sys.dont_write_bytecode or sys.pycache_prefix is not None:
        return
    folder = private_folder("bytecode")
    if folder is None:
        return
    sys.pycache_prefix = str(folder)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    if not has_room(folder):
        return
    sys.dont_write_bytecode = False
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
