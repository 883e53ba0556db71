"""How many patients are simulated where nothing else is asked for: one number for everything.

Decisions, payments and expected losses of areas do not rest on it (docs/protocol.md); continuity
and rates that are measured on patients get less noisy with more of them.
"""

PATIENTS = 10_000
PATIENTS_QUICK = 5_000  # of a first look
EXPECTED_OF = 50_000  # people of a place from whom needs and losses are worked out
