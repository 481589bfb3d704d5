"""The least time that a step can take, and how near a run comes to it."""
