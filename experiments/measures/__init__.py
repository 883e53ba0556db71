"""Differences, regimes and outcomes: how they are reckoned from runs and written."""
