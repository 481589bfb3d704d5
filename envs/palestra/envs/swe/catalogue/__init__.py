"""A catalogue of tasks made of packages with tests: fetched by hash, built and validated on the user's machine."""
