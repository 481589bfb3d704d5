"""Programs in Linux namespaces of their own, made by an own launcher without any privilege.

`inside` is the launcher's program; everything else is the host's side of it.
"""

from palestra.sandboxes.namespaces.image import FolderImage, HostImage, Image
from palestra.sandboxes.namespaces.sandbox import NamespaceSandbox
from palestra.sandboxes.namespaces.session import NamespaceSession

__all__ = ["FolderImage", "HostImage", "Image", "NamespaceSandbox", "NamespaceSession"]
