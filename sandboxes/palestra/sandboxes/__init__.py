"""Places to run code that nobody trusts: limits always on, every end a value."""

from palestra.sandboxes.errors import SandboxError, SandboxUnavailableError
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.result import BackendReport, RunResult, Status
from palestra.sandboxes.sandbox import Program, Sandbox, run_sync
from palestra.sandboxes.subprocess import SubprocessSandbox

__all__ = [
    "BackendReport",
    "Limits",
    "Program",
    "RunResult",
    "Sandbox",
    "SandboxError",
    "SandboxUnavailableError",
    "Status",
    "SubprocessSandbox",
    "run_sync",
]
