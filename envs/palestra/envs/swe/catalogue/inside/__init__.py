"""What runs inside a sandbox to try bugs: it imports the standard library and pytest alone."""
