"""Where a run keeps what it writes, on disks that may be full, read-only or gone; files that a swarm shares."""
