"""Runs of one seed that share a burn-in and all luck: what differs is due to their policies."""
