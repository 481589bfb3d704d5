"""A headless Chromium for tests, spoken to over its debugging pipe: nothing but the standard library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from select import select
from typing import Any

import pytest

_DEADLINE_S = 120.0
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--mute-audio",
)


def executable() -> str:
    """The browser; the test is skipped where there is none, unless PALESTRA_REQUIRE_REAL is 1."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("PALESTRA_REQUIRE_REAL") == "1":
            pytest.fail("there is no Chromium: `apt-get install chromium`")
        pytest.skip("there is no Chromium")
    return found


class Browser:
    """One page of a browser."""

    def __init__(self, reader: int, writer: int) -> None:
        self._reader, self._writer = reader, writer
        self._buffer = b""
        self._number = 0
        self._session = ""
        self.complaints: list[str] = []
        """Errors that the page has met, those of its console and of its policy too."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Runtime", "Page", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The result of a call of the protocol."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": arguments}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._writer, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return dict(answer["result"])

    def open(self, url: str, *, width: int = 1280, height: int = 860, dark: bool = False) -> None:
        """Go to a page and wait until it has read everything."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        feature = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[feature])
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=url)
        self.wait("document.documentElement?.dataset.state !== undefined")

    def value(self, expression: str) -> Any:
        """What an expression is, awaited."""
        found = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(found["exceptionDetails"]["exception"].get("description", "?"))
        return found["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true."""
        end = time.monotonic() + _DEADLINE_S
        while not self.value(condition):
            if time.monotonic() > end:
                raise TimeoutError(f"`{condition}` has not become true: {self.complaints}")
            time.sleep(0.05)

    def go(self, fragment: str) -> None:
        """Go to another state of the page."""
        self.value(f"document.documentElement.dataset.view = ''; location.hash = {json.dumps(fragment)}")
        self.wait("document.documentElement.dataset.view !== ''")

    def press(self, key: str) -> None:
        """A key, pressed and let go."""
        text = {"text": key} if len(key) == 1 else {"text": "\r"} if key == "Enter" else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **(text if kind == "keyDown" else {}))

    def text(self, selector: str) -> str:
        """What can be read in an element."""
        return str(self.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''"))

    def shoot(self, path: Path) -> None:
        """A picture of what is seen."""
        path.write_bytes(base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"]))

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            if not select([self._reader], [], [], _DEADLINE_S)[0]:
                raise TimeoutError("the browser does not answer")
            chunk = os.read(self._reader, 1 << 20)
            if not chunk:
                raise EOFError("the browser has ended")
            self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        self._listen(message.get("method", ""), message.get("params", {}))
        return message

    def _listen(self, method: str, arguments: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = arguments["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description", details["text"]))
        elif method == "Log.entryAdded" and arguments["entry"]["level"] == "error":
            self.complaints.append(arguments["entry"]["text"])
        elif method == "Runtime.consoleAPICalled" and arguments["type"] == "error":
            self.complaints.append(str(arguments["args"]))


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that ends with the block."""
    program = executable()
    # Away from 3 and 4, which are made of them.
    to_browser, from_us, to_us, from_browser = (_moved(end) for _ in range(2) for end in os.pipe())
    with tempfile.TemporaryDirectory(prefix="palestra-chromium-", ignore_cleanup_errors=True) as profile:
        # The browser reads its descriptor 3 and writes to 4.
        code = "import os, sys; a, b, *c = sys.argv[1:]; os.dup2(int(a), 3); os.dup2(int(b), 4); os.execv(c[0], c)"
        launcher = [sys.executable, "-c", code, str(to_browser), str(from_browser), program, *_FLAGS]
        process = subprocess.Popen(
            [*launcher, f"--user-data-dir={profile}", "--remote-debugging-pipe"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        try:
            found = Browser(to_us, from_us)
            yield found
        finally:
            os.close(from_us)
            os.close(to_us)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5.0)
            process.kill()
            process.wait(timeout=30.0)


def _moved(descriptor: int) -> int:
    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 50)
    os.close(descriptor)
    return moved
