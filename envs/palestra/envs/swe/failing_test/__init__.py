"""Tests to be written that notice a bug: right code passes them, and a mutant and its hidden siblings fail."""
