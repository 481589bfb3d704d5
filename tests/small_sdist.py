"""Source distributions that tests make."""

from __future__ import annotations

import gzip
import io
import tarfile
from collections.abc import Mapping


def sdist_bytes(top: str, files: Mapping[str, bytes]) -> bytes:
    """An archive with these files beneath a top folder; the same bytes each time."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{top}/{path}" if top else path)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(stream.getvalue(), mtime=0)
