"""Where Python keeps what it compiled of imported files.

Containers often tell Python to write nothing beside its sources. Every command would then compile
all it imports anew, which takes longer than many a run.
"""

import os
import sys

import platformdirs


def keep_bytecode() -> None:
    """Where nothing may be written beside sources, keep bytecode in this user's cache folder.

    It holds for what is imported from now on, here and in processes that begin from here.
    """
    if not sys.dont_write_bytecode or sys.pycache_prefix is not None:
        return
    sys.pycache_prefix = os.path.join(platformdirs.user_cache_dir("joinedup", False), "bytecode")
    sys.dont_write_bytecode = False
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
