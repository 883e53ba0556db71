"""Hospitals: lines, capacity, stays, quality, and sites that close."""
