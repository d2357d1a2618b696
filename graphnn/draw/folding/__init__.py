"""Scopes as boxes: how deep a picture goes, and equal blocks drawn once."""
