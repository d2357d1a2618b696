"""Scenes written as text: DOT, Mermaid, and what programs read."""
