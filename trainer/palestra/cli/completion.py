"""`palestra completion`: a script with which a shell completes commands, options and ids."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

import tyro

from palestra.cli.errors import EXIT_OK

ShellName = Literal["bash", "zsh", "fish"]


@dataclass(frozen=True, kw_only=True)
class Completion:
    """Print a script with which a shell completes the commands, their options, and ids of environments and verifiers.

    The script holds all words and starts no Python when it completes. Write it where the shell looks for such scripts
    (`mkdir -p` the folder if it is not there), and again after an update:

    bash: `palestra completion bash > ~/.local/share/bash-completion/completions/palestra`.

    zsh: `palestra completion zsh > ~/.zfunc/_palestra`, with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc.

    fish: `palestra completion fish > ~/.config/fish/completions/palestra.fish`.
    """

    shell: tyro.conf.Positional[ShellName]
    """Which shell."""

    def run(self) -> int:
        """Print it."""
        from palestra.cli.completing import scripts
        from palestra.cli.completing.words import known_words

        sys.stdout.write(scripts.SCRIPTS[self.shell](known_words()))
        return EXIT_OK
