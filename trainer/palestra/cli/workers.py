"""`palestra workers`: vLLM servers for rollouts, started and watched, or looked at."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_json

if TYPE_CHECKING:
    from palestra.agents.vllm.status import WorkerStatus
    from palestra.trainer.workers.fleet import Fleet, FleetEvent


@dataclass(frozen=True, kw_only=True)
class Workers:
    """Start vLLM servers for rollouts and watch them until they are told to end; or look at some that run.

    `palestra workers --model FOLDER -n 2` starts two on this machine and prints their addresses, for
    `generator.urls` of a run. One that dies is started again. An interrupt or SIGTERM ends all of them and all that
    they started. `palestra workers status URL...` says what each server can do, which version of the weights it has,
    and exits with 1 if one does not answer.
    """

    words: Annotated[
        tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(name="command", metavar="[status URL...]")
    ] = ()
    """Nothing to start servers, or status and their addresses to look at some."""
    model: Annotated[str | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")] = None
    """Folder of the model that the servers begin with."""
    n: Annotated[int, tyro.conf.arg(aliases=["-n"], metavar="N")] = 1
    """Servers to start."""
    python: Annotated[str | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="")] = None
    """The interpreter that has vLLM, e.g. .venv-vllm/bin/python; this one if not given."""
    port: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Of the first server; the others follow. 0: free ones."""
    dtype: str = "auto"
    """Numbers that servers compute with: auto, float32, bfloat16 or float16."""
    max_model_len: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None
    """Tokens of a prompt and its completion together; as many as the model takes if not given."""
    kv_cache_mb: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="")] = None
    """Memory of each server for keys and values, in MiB; if not given 512 with --cpu, else as vLLM finds fit."""
    cpu: bool = False
    """The servers compute on the CPU: no compilation, and prompts are read whole."""
    threads: Annotated[int, tyro.conf.arg(metavar="N")] = 1
    """Of each server on a CPU."""
    arguments: Annotated[tuple[str, ...], tyro.conf.arg(metavar="ARG", help_behavior_hint="")] = ()
    """More arguments for the servers, e.g. `--arguments=--tensor-parallel-size=2`."""
    api_key_env: Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")] = None
    """Environment variable with the key of the servers to look at."""
    logs: Annotated[Path, tyro.conf.arg(metavar="FOLDER")] = Path("runs/workers")
    """Where the servers' output goes."""
    json: bool = False
    """Print one JSON object for each event, or for each server of `status`."""

    def run(self) -> int:
        """Start and watch, or look."""
        if not self.words:
            if self.api_key_env is not None:
                raise UsageError("`--api-key-env` is for `workers status`\n\nhint: servers started here ask for no key")
            return self._serve()
        word, *urls = self.words
        if word != "status" or not urls:
            raise UsageError(
                f"no such call: `workers {' '.join(self.words)}`\n\nhint: `workers --model FOLDER -n 2`, or "
                "`workers status http://127.0.0.1:8000`"
            )
        for url in urls:
            if not url.startswith(("http://", "https://")):
                raise UsageError(f"`{url}` is no address of a server\n\nhint: `http://127.0.0.1:8000`")
        return asyncio.run(self._look(urls))

    async def _look(self, urls: list[str]) -> int:
        from palestra.agents.api_key import api_key_from
        from palestra.agents.vllm.status import status_of

        key = None if self.api_key_env is None else api_key_from(self.api_key_env)
        found = await asyncio.gather(*(status_of(url, api_key=key) for url in urls))
        for status in found:
            if self.json:
                write_json(asdict(status))
            else:
                write(_sentence(status))
        return EXIT_OK if all(status.is_healthy for status in found) else EXIT_FAILED

    def _serve(self) -> int:
        from palestra.trainer.weight_sync.shared_file import SharedFile
        from palestra.trainer.workers.fleet import Fleet
        from palestra.trainer.workers.server_command import ServerCommand

        if self.model is None or not Path(self.model).is_dir():
            raise UsageError(f"no model folder `{self.model}`\n\nhint: `--model FOLDER`, as save_pretrained writes it")
        if not (Path(self.model) / "config.json").is_file():
            raise UsageError(f"`{self.model}` holds no config.json\n\nhint: save_pretrained writes one")
        if self.n < 1 or self.threads < 1:
            raise UsageError(f"-n and --threads are at least 1, got {self.n} and {self.threads}")
        needs = SharedFile().needs()
        command = ServerCommand(
            model=Path(self.model).resolve(),
            python=self.python or sys.executable,
            dtype=self.dtype,
            max_model_len=self.max_model_len,
            kv_cache_mb=self.kv_cache_mb,
            threads=self.threads,
            is_cpu=self.cpu,
            arguments=(*needs.arguments, *self.arguments),
            environment=needs.environment,
        )
        fleet = Fleet(command, self.n, self.logs, port=self.port, on_event=self._show)
        try:
            return asyncio.run(_keep(fleet))
        finally:
            fleet.stop()

    def _show(self, event: FleetEvent) -> None:
        if self.json:
            write_json({**asdict(event), "kind": str(event.kind)})
            sys.stdout.flush()
        line = f"{event.worker:>3}  {event.kind:<9} {event.url}  {event.seconds:7.1f} s  {event.detail}"
        sys.stderr.write(line.rstrip() + "\n")


async def _keep(fleet: Fleet) -> int:
    """Until a signal ends it, or all servers were given up."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    fleet.start()
    watching, waiting = loop.create_task(fleet.watch()), loop.create_task(ended.wait())
    try:
        await asyncio.wait([watching, waiting], return_when=asyncio.FIRST_COMPLETED)
        if watching.done():
            watching.result()
        return EXIT_OK
    finally:
        for task in (watching, waiting):
            task.cancel()
        await asyncio.gather(watching, waiting, return_exceptions=True)


def _sentence(status: WorkerStatus) -> str:
    if not status.is_healthy:
        return f"{status.url}  {status.failure}"
    features = ", ".join(status.features) or "none"
    return (
        f"{status.url}  healthy  vLLM {status.vllm_version or 'unknown'}  {status.model}  "
        f"{status.max_model_len} tokens  weights {status.weight_version}  can: {features}"
        + (f"  but: {status.failure}" if status.failure else "")
    )
