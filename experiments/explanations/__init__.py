"""Why things came as they did."""
