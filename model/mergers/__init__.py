"""Trusts that merge, take over, fail, or are wound up."""
