"""`palestra train`: a run from its configuration to its last line, the loop that it turns, and the drivers that play."""
