"""Which image containers are made of."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from palestra.sandboxes.docker.daemon import Daemon, daemon_calls
from palestra.sandboxes.errors import SandboxUnavailableError

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True, slots=True)
class ImageName:
    """An image that the daemon has: a name with or without a tag, or a digest. Nothing is pulled."""

    name: str

    def find(self, daemon: Daemon) -> FoundImage:
        """The image.

        Raises:
            SandboxUnavailableError: There is none; the message names the nearest.
        """
        from docker.errors import ImageNotFound

        with daemon_calls():
            try:
                return _found(daemon, self.name)
            except ImageNotFound:
                known = sorted(
                    tag.removesuffix(":latest") for image in daemon.client.images.list() for tag in image.tags
                )
        near = get_close_matches(self.name, known, n=1)
        guess = f"; did you mean `{near[0]}`?" if near else ""
        raise SandboxUnavailableError(
            f"the Docker daemon has no image `{self.name}`{guess}\n\n"
            f"hint: `docker pull {self.name}`, or build one; it has {', '.join(known[:20]) or 'none'}"
        )


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """A folder with a Dockerfile; the image is built from it, or taken from the daemon's cache."""

    path: Path

    def find(self, daemon: Daemon) -> FoundImage:
        """The image, built.

        Raises:
            SandboxUnavailableError: The folder has no Dockerfile, or a step fails.
        """
        from docker.errors import BuildError

        if not (self.path / "Dockerfile").is_file():
            raise SandboxUnavailableError(
                f"`{self.path}` has no Dockerfile\n\nhint: name the folder that holds it, or an image by ImageName"
            )
        with daemon_calls():
            try:
                image, _ = daemon.client.images.build(path=str(self.path), rm=True, forcerm=True)
            except BuildError as error:
                raise SandboxUnavailableError(
                    f"the image of `{self.path}` cannot be built: {error.msg:.500}\n\nhint: `docker build {self.path}`"
                ) from error
            return _found(daemon, str(image.id))


Image = ImageName | ImageFolder


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundImage:
    """An image that containers can be made of."""

    digest: str
    """Of its content: the same image wherever it is the same."""
    path: str
    """Folders of executables, as the image says."""


def _found(daemon: Daemon, name: str) -> FoundImage:
    image = daemon.client.images.get(name)
    lines = image.attrs["Config"].get("Env") or ()
    env = dict(line.partition("=")[::2] for line in lines)
    return FoundImage(digest=str(image.id), path=env.get("PATH", _PATH))
