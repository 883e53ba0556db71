"""The month of the whole economy: its calendar, its opening, what is kept of it."""
