"""`palestra train`: a run from its configuration to its last line, its loop, and the drivers that play."""
