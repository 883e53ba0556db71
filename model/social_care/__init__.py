"""Councils, and social care for people who leave hospital."""
