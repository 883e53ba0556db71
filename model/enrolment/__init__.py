"""Programmes that enrol patients: who is picked, who accepts, who stays, and what it costs."""
