"""Places to run code that nobody trusts: limits always on, every end a value."""

from palestra.sandboxes.errors import (
    DuplicateSandboxError,
    SandboxError,
    SandboxFileError,
    SandboxUnavailableError,
    SessionClosedError,
    UnknownSandboxError,
)
from palestra.sandboxes.limits import Limits
from palestra.sandboxes.picking import make, pick
from palestra.sandboxes.program import Command, Program, PythonScript
from palestra.sandboxes.report import BackendReport, Level, Property
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox
from palestra.sandboxes.session import Session
from palestra.sandboxes.snapshot import Diff, Entry, Kind, Snapshot
from palestra.sandboxes.subprocess import SubprocessSandbox
from palestra.sandboxes.table import SANDBOXES

__all__ = [
    "SANDBOXES",
    "BackendReport",
    "Command",
    "Diff",
    "DuplicateSandboxError",
    "Entry",
    "Kind",
    "Level",
    "Limits",
    "Program",
    "Property",
    "PythonScript",
    "RunResult",
    "Sandbox",
    "SandboxError",
    "SandboxFileError",
    "SandboxUnavailableError",
    "Session",
    "SessionClosedError",
    "Snapshot",
    "Status",
    "SubprocessSandbox",
    "UnknownSandboxError",
    "make",
    "pick",
]
