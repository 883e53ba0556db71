"""One simulated person on a page."""
