"""What changes in a run, and what a run takes as given."""
