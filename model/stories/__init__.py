"""Decisions and lives told: events, causes, one person in two futures."""
