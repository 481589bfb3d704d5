"""Samples laid out as packed tokens, and what is computed over them: attention, the vocabulary head with the loss."""
