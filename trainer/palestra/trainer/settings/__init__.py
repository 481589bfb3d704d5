"""Sections of a run's configuration, which parts of a run are made from without knowing the rest."""
