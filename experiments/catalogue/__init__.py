"""What can be asked for: lists of names, and what a place or a policy is."""
