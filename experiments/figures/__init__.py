"""Figures for slides and papers: one file a figure, and the style that all share."""
