"""What runs on the other side: two programs of their own, without the rest of this package.

`launcher` makes namespaces and forks jobs into them; `supervisor` watches one program where there are no
namespaces. Both are started as `python3 -S -c`, and load what is in this folder and the standard library only.
"""
