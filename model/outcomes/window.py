"""The years over which outcomes are averaged, the same in every command and page."""

WINDOW_YEARS = 3


def last_window(years: int) -> tuple[int, int]:
    """Return the first and last of the last three years, or of all of a shorter run."""
    return max(1, years - WINDOW_YEARS + 1), years
