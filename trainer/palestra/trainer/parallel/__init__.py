"""Ranks: how they are started, find and miss each other, and what travels between them."""
