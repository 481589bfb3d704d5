"""A tree of files: find, read, edit, move, copy, delete and lock."""
