"""What `palestra` alone and `palestra --help` show: where to begin, and the commands by what a person wants to do."""

from __future__ import annotations

from collections.abc import Mapping

GROUPS: Mapping[str, tuple[str, ...]] = {
    "look at tasks and make your own": ("envs", "play", "new", "audit", "swe", "serve"),
    "judge responses": ("verifiers", "verify", "rates", "audit-data"),
    "evaluate and compare": ("eval", "compare", "rescore", "view", "export", "import"),
    "train": ("train", "workers", "lab"),
    "this machine": ("doctor", "sandbox", "bench", "completion"),
}
"""Commands by what they are for; one that is in no group is shown under `more`."""

FIRST_STEPS: tuple[tuple[str, str], ...] = (
    ("palestra doctor", "what works on this machine, and how to get the rest"),
    ("palestra play palestra/Countdown-v1", "answer a few tasks yourself"),
    ("palestra train quickstart", "train a small model on this CPU, in minutes"),
)
"""What to try first, and what it is good for."""


def front_page(summaries: Mapping[str, str]) -> str:
    """The page, with a line for each command.

    Args:
        summaries: Name of each command -> what it does, in a few words.
    """
    grouped = {name for names in GROUPS.values() for name in names}
    more = tuple(name for name in summaries if name not in grouped)
    groups = {**GROUPS, "more": more} if more else GROUPS
    lines = [
        "usage: palestra COMMAND ...",
        "",
        "Verifiable-reward environments, verifiers and a GRPO trainer for language models.",
        "",
        "try first:",
        *(f"  {call:<36} {what}" for call, what in FIRST_STEPS),
    ]
    for title, names in groups.items():
        lines += ["", f"{title}:", *(f"  {name:<10} {summaries[name]}" for name in names if name in summaries)]
    return "\n".join(
        [
            *lines,
            "",
            "options:",
            "  -h, --help  show this text; `palestra COMMAND --help` shows that of a command",
            "  --version   show the version",
            "",
            "exit codes: 0 done, 1 the run failed, 2 the call was wrong, 130 interrupted",
            "",
        ]
    )
