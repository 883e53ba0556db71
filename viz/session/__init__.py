"""Economies that a page plays."""
