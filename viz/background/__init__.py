"""What is lived beside a page."""
