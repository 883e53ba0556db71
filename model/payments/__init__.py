"""Prices and payments: who pays whom for what."""
