"""`palestra eval`: an agent, a model or an endpoint on tasks, and what comes of it."""
