"""Who lives in a place, their conditions, and the care that these need."""
