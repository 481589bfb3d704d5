"""Errors of the command line, and how those of all folders look on it.

CliError
├── UsageError (also ValueError)
└── WorkerError
"""

from __future__ import annotations

import sys

EXIT_OK, EXIT_FAILED, EXIT_USAGE, EXIT_INTERRUPTED = 0, 1, 2, 130


class CliError(Exception):
    """Base of all errors that this folder raises."""


class UsageError(CliError, ValueError):
    """A command was called in a way that it cannot serve."""


class WorkerError(CliError):
    """A process that shared the work has ended before it was done."""


_BASES = {
    "palestra.cli.errors": "CliError",
    "palestra.trainer.errors": "TrainerError",
    "palestra.agents.errors": "AgentError",
    "palestra.envs.errors": "EnvError",
    "palestra.verifiers.errors": "VerifierError",
    "palestra.sandboxes.errors": "SandboxError",
}


def exit_code(error: Exception) -> int | None:
    """2 if the caller can mend the call, 1 if the run failed, None if it is a bug of ours.

    A module that was not loaded cannot have raised: looking only at loaded ones keeps the command line light.
    """
    loaded = [(sys.modules[name], base) for name, base in _BASES.items() if name in sys.modules]
    if not isinstance(error, tuple(getattr(module, base) for module, base in loaded)):
        return None
    return EXIT_USAGE if isinstance(error, ValueError | LookupError) else EXIT_FAILED


_EXTRAS = {
    **dict.fromkeys(("torch", "transformers", "tokenizers", "safetensors", "peft", "accelerate"), "train"),
    **dict.fromkeys(("jinja2", "markupsafe", "tensorboard"), "train"),
    **dict.fromkeys(("starlette", "uvicorn"), "serve"),
    **{"gguf": "quickstart", "datasets": "data", "pyarrow": "data"},
    **{name: name for name in ("docker", "mcp", "ray", "vllm", "wandb", "trackio")},
}
"""Package -> the extra of this distribution that brings it."""


def missing_package(error: Exception) -> str | None:
    """What to say if a package of an extra is not installed; None if that is not what went wrong."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name not in _EXTRAS:
        return None
    return (
        f"the package `{name}` is not installed\n\n"
        f"hint: `pip install 'palestra[{_EXTRAS[name]}]'`; `palestra doctor` shows all that is missing"
    )


def report(message: str) -> None:
    """Print an error, of the form `what`, blank line, `hint: ...`, to standard error.

    Messages quote files, servers and models: what could control a terminal is written as escapes.
    """
    from palestra.cli.printable import printable

    sys.stderr.write(f"error: {printable(message)}\n")
    sys.stderr.flush()
