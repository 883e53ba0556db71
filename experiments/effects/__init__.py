"""What policies and levers do: differences, regimes, responses."""
