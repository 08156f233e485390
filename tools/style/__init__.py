"""The style checks of braid: one module for each idea, source.py below them all."""
