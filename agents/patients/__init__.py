"""The rule of one patient, and the tables that it reads and writes."""
