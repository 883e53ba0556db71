"""Where Python keeps what it compiled of imported files.

Containers often tell Python to write nothing beside its sources. Every command would then compile
all it imports anew, which takes longer than many a run.
"""

import os
import sys

from agents.numerics.private_folder import private_folder


def keep_bytecode() -> None:
    """Where nothing may be written beside sources, keep bytecode in the user's own cache folder.

    It holds for what is imported from now on, here and in processes that begin from here.
    """
    if not sys.dont_write_bytecode or sys.pycache_prefix is not None:
        return
    folder = private_folder("bytecode")
    if folder is None:
        return
    sys.pycache_prefix = str(folder)
    sys.dont_write_bytecode = False
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
