"""Files of a session's workspace, as tar archives through a descriptor.

This runs as a process inside the sandbox, while no program does: whatever a program has left there,
the host only ever reads bytes.
"""

from __future__ import annotations

import _socket
import os
import tarfile

from . import archive, root
from .channel import send
from .lean import Never
from .protocol import Broken, Done, Pack, Unpack
from .tree import FOLDER_FLAGS, Tree


def serve(request: Pack | Unpack, fds: list[int]) -> Never:
    """Pack or unpack, say on the control socket how it went, and end."""
    data_fd, control_fd = fds
    control = _socket.socket(fileno=control_fd)
    try:
        root.restore_box()
        workspace = Tree(os.open(root.WORK, FOLDER_FLAGS))
        if isinstance(request, Pack):
            with os.fdopen(data_fd, "wb") as stream:
                archive.pack(workspace, request.path, stream, request.max_bytes)
        else:
            with os.fdopen(data_fd, "rb") as stream:
                archive.unpack(workspace, stream)
        send(control, Done())
    except (OSError, ValueError, tarfile.TarError) as error:
        send(control, Broken(str(error)))
    os._exit(0)
