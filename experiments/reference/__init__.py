"""What can be asked for, and records of what was found."""
