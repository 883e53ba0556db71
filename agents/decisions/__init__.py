"""Decisions of organisations: what is seen, what is weighed, in pounds a year."""
