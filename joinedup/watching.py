"""The program behind `joinedup watch`: the live view, and experiments that answer what it asks."""

import sys
from collections.abc import Sequence

from joinedup.page_answers import contrast, response
from viz.background.background_answers import Answers
from viz.server import program


def main(arguments: Sequence[str]) -> int:
    """Serve until interrupted; the exit code."""
    return program.main(arguments, Answers(response=response, contrast=contrast))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
