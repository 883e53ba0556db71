"""What a page hands out."""
