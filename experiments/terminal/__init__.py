"""What is typed and read: lines, tables and exit codes of a terminal."""
