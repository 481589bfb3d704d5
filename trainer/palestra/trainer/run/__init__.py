"""`palestra train`: a run from its configuration to its last line, and the loop that it turns."""
