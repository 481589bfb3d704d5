"""Bugs put into code that works, as tasks to mend it."""
