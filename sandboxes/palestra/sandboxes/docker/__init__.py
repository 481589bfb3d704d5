"""Containers as sandboxes: needs a Docker daemon, an image, and the extra `palestra[docker]`."""

from palestra.sandboxes.docker.image import Image, ImageFolder, ImageName
from palestra.sandboxes.docker.sandbox import DockerSandbox

__all__ = ["DockerSandbox", "Image", "ImageFolder", "ImageName"]
