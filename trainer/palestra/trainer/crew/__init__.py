"""Who learns together, and what the first of them tells the others to do."""
