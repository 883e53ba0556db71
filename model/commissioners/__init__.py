"""Commissioners: tenders, reviews, own services, case management."""
