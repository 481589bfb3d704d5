"""What an update minimises: how losses of tokens are summed, corrected and held back, and what is reported of it."""
