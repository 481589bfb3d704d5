"""What there is to complete on the command line, and the scripts that do it in each shell."""
