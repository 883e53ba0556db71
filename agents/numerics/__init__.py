"""Draws, and rules that are compiled."""
