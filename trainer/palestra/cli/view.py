"""`palestra view`: a run or a file of rollouts, looked at."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_OK, UsageError
from palestra.cli.text import write

if TYPE_CHECKING:
    from palestra.trainer.view import Exhibitor


@dataclass(frozen=True, kw_only=True)
class View:
    """Look at a training run, an evaluation, or a file of rollouts.

    Writes one HTML file that needs neither network nor server: curves, alarms, and every rollout token by token,
    with what its reward became on the way to the gradient. `--serve` follows a run as it trains; `--text` prints a
    summary.
    """

    target: Annotated[tyro.conf.Positional[Path], tyro.conf.arg(metavar="RUN|FILE")]
    """The folder of a run, or a file of rollouts (JSON lines)."""
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"], metavar="FILE", help_behavior_hint="")] = None
    """Where the page goes; `view.html` in the run's folder, or FILE.html beside a file, if it is not given."""
    max: Annotated[int, tyro.conf.arg(metavar="N")] = 10_000
    """How many rollouts are shown, about: of more, those of some steps, the first and the last always."""
    tokenizer: Annotated[Path | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="")] = None
    """A folder with tokenizer.json, where the run does not say what its tokens stand for."""
    serve: bool = False
    """Serve the page on this machine, and follow the run until Ctrl-C."""
    port: Annotated[int, tyro.conf.arg(metavar="PORT")] = 0
    """Of `--serve`; 0 takes one that is free."""
    text: bool = False
    """Print a summary instead: results, curves, alarms, best and worst rollouts."""

    def run(self) -> int:
        """Write the page, serve it, or print the summary."""
        from palestra.trainer.view import Exhibitor, print_summary, write_page

        if self.max < 1:
            raise UsageError(f"`--max` must be 1 or more, got {self.max}\n\nhint: leave it out to see 10000 rollouts")
        if self.serve + self.text + (self.out is not None) > 1:
            raise UsageError("`--serve`, `--text` and `--out` exclude each other\n\nhint: keep one of them")
        exhibitor = Exhibitor(self.target, most=self.max, tokenizer=self.tokenizer)
        if self.serve:
            return self._serve(exhibitor)
        if self.text:
            from rich.console import Console

            print_summary(exhibitor.exhibition(), Console(file=sys.stdout, highlight=False, markup=False))
            return EXIT_OK
        path = self.out or (self.target / "view.html" if self.target.is_dir() else self.target.with_suffix(".html"))
        exhibition = exhibitor.exhibition()
        try:
            write_page(exhibition, path)
        except OSError as error:
            raise UsageError(
                f"`{path}` cannot be written: {error.strerror}\n\nhint: name another place with `--out`"
            ) from error
        write(str(path))
        return EXIT_OK

    def _serve(self, exhibitor: Exhibitor) -> int:
        from palestra.trainer.view import serving

        exhibitor.exhibition()  # what is wrong with the run is said before anybody opens the page
        with serving(exhibitor, self.port) as server:
            write(f"http://127.0.0.1:{server.server_address[1]}/")
            sys.stdout.flush()
            try:
                while True:
                    time.sleep(3600.0)
            except KeyboardInterrupt:
                return EXIT_OK
