"""The model beside published effects and rates."""
