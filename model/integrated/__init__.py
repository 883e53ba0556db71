"""Integrated organisations: how they begin, plan, share results, and end."""
