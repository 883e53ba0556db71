"""Budgets that practices hold for the care of their lists."""
