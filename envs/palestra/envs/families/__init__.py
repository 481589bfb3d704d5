"""The task families, one per file; the table `ENVS` imports them when they are first used."""
