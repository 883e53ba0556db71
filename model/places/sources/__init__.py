"""Real places from published statistics."""
