"""Worlds that are compiled of a random schema: kinds of things, fields, links, rules, and the tools for them."""
