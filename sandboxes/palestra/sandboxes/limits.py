"""What a program may use. Every limit has a value; none can be switched off."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Upper bounds of one run; the defaults suit a short unit-test program."""

    cpu_s: float = 5.0
    """CPU seconds of the program and its children together: the limit that verdicts depend on."""
    wall_s: float = 15.0
    """Seconds on the clock: a fuse against sleeping, wide enough not to depend on load."""
    memory_bytes: int = 512 << 20
    """Memory of all processes together where the back end can count; else the data of each process."""
    pids: int = 64
    """Processes and threads alive at once."""
    output_bytes: int = 16 << 20
    """Bytes kept of standard output, and as many again of standard error."""
    file_bytes: int = 16 << 20
    """Size of the largest file that may be written."""
    disk_bytes: int = 64 << 20
    """Size of all files together; they are held in memory and count there too."""
    inodes: int = 4096
    """Number of files and folders."""
    open_files: int = 256
    """File descriptors open at once in one process."""
    loopback: bool = False
    """Whether the program gets an empty network of its own with 127.0.0.1. Nothing else can ever be reached."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name != "loopback" and not value > 0:
                raise ValueError(f"limits.{field.name} must be positive, got {value}")
        if self.wall_s < self.cpu_s:
            raise ValueError(
                f"limits.wall_s ({self.wall_s}) is below limits.cpu_s ({self.cpu_s})\n\n"
                "hint: the wall clock is a fuse; give it two or three times the CPU seconds"
            )
