"""What runs beside tests in a sandbox: the standard library and pytest are all that it imports."""
