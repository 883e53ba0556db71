"""What the exit codes of the command mean."""

DONE = 0
MISSED = 1  # a check missed, or runs failed
BAD_INPUT = 2
OUR_FAULT = 3
INTERRUPTED = 130
