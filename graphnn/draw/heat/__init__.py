"""Boxes coloured by what they measure."""
