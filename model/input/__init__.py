"""Input that others wrote: read in full, or refused in one sentence."""
