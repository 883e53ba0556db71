"""How many patients are simulated where nothing else is asked for: one number for everything.

Measures of an area and regimes do not rest on it (docs/protocol.md); rates that are measured on
patients get less noisy with more of them.
"""

PATIENTS = 10_000
PATIENTS_QUICK = 5_000  # of a first look
EXPECTED_OF = 50_000  # people of a place whom expected losses are worked out for, whatever is asked
