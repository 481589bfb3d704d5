"""Checkpoints, of one process or of the shards of many."""
