"""A shop: orders, items, payments."""
