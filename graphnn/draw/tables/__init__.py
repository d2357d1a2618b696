"""Graphs as text: tables, and trees."""
