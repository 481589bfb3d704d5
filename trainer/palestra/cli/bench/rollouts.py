"""`palestra bench rollouts`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Annotated

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import write, write_columns, write_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from palestra.agents.chat import ChatTokenizer
    from palestra.cli.bench.rollouts_instant import RolloutCost
    from palestra.cli.bench.rollouts_server import Comparison
    from palestra.trainer.model.chat_tokenizer import HfChatTokenizer

_IDS = (
    "palestra/ChainSum-v1",
    "palestra/Countdown-v1",
    "palestra/Derivative-v1",
    "palestra/KnightsAndKnaves-v1",
    "palestra/InstructionFollowing-v1",
    "palestra/Sudoku-v1",
)
Count = Annotated[int, tyro.conf.arg(metavar="N")]


@dataclass(frozen=True, kw_only=True)
class BenchRollouts:
    """Measure what our rollout path costs: environment, driver, verifier, record and its line of JSON.

    Without `--url`: CPU-ms of a rollout whose completion is there at once. With it: tokens per second through our path
    against a raw load generator on the same server, the same requests in pairs (ABBA), with the interval of their
    ratio, and the CPU of our process against that of the server's processes. Exit code 1 if a bar is missed.
    """

    ids: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[ID ...]", help_behavior_hint="")] = ()
    """Which environments; with `--url` the first alone counts."""
    tokenizer: Annotated[str | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="(default: bytes)")] = None
    """Folder of a checkpoint, or package:NAME; with `--url`, of the server's model."""
    n: Count = 2048
    """Rollouts of each environment, without `--url`."""
    words: Count = 0
    """Words of thought in front of each answer, without `--url`."""
    most_ms: Annotated[float, tyro.conf.arg(metavar="MS")] = 0.7
    """The bar of the mean, without `--url`."""
    url: Annotated[str | None, tyro.conf.arg(metavar="URL", help_behavior_hint="")] = None
    """A server that takes token ids, e.g. http://127.0.0.1:8000."""
    pairs: Count = 8
    """Pairs of runs."""
    rollouts: Count = 64
    """Requests of a run."""
    concurrent: Count = 64
    """Requests that are under way at once."""
    max_new_tokens: Count = 64
    """Longest response."""
    most_share: Annotated[float, tyro.conf.arg(metavar="SHARE")] = 0.03
    """The bar of our CPU, as a share of the server's."""
    json: bool = False
    """Print one JSON object."""

    def run(self) -> int:
        """Measure and print."""
        if min(self.n, self.pairs, self.rollouts, self.concurrent, self.max_new_tokens) < 1 or self.words < 0:
            raise UsageError("there is nothing to measure\n\nhint: give counts of 1 and more")
        if self.url is None:
            return self._instant()
        if self.tokenizer is None:
            raise UsageError("the prompts need the tokenizer of the server's model\n\nhint: give `--tokenizer FOLDER`")
        return self._server(self.url.rstrip("/").removesuffix("/v1"), self.tokenizer)

    def _instant(self) -> int:
        from palestra.cli.bench.rollouts_instant import ByteTokenizer, rollout_cost

        tokenizer: ChatTokenizer = ByteTokenizer() if self.tokenizer is None else _tokenizer(self.tokenizer)

        async def measure() -> list[RolloutCost]:
            with _log() as keep:
                return [
                    await rollout_cost(env, tokenizer, rollouts=self.n, words=self.words, keep=keep)
                    for env in self.ids or _IDS
                ]

        costs = asyncio.run(measure())
        if self.json:
            facts = {"tokenizer": self.tokenizer or "bytes", "words": self.words, "most_ms": self.most_ms}
            write_json(facts | {"rows": [cost.to_json() for cost in costs]})
        else:
            _write_costs(costs)
        return EXIT_FAILED if any(cost.mean_ms > self.most_ms for cost in costs) else EXIT_OK

    def _server(self, url: str, path: str) -> int:
        from palestra.agents.vllm import PoolLimits, TokenRules, VllmPool
        from palestra.cli.bench.rollouts_server import Load, compare

        tokenizer = _tokenizer(path)
        rules = TokenRules(stop_ids=tokenizer.stop_ids, is_seeded=False)
        pool = VllmPool([url], rules, limits=PoolLimits(max_in_flight=self.concurrent, start_timeout_s=60.0))

        async def measure() -> Comparison:
            try:
                await pool.start()
                facts = pool.workers[0].client.facts
                load = Load(
                    url=url,
                    model=facts.model,
                    env=(self.ids or _IDS)[0],
                    rollouts=self.rollouts,
                    concurrent=self.concurrent,
                    max_new_tokens=self.max_new_tokens,
                    stop_ids=tokenizer.stop_ids,
                    has_generate=facts.has_generate,
                )
                with _log() as keep:
                    return await compare(load, pool, tokenizer, self.pairs, keep)
            finally:
                await pool.aclose()

        found = asyncio.run(measure())
        if self.json:
            write_json(found.to_json() | {"most_share": self.most_share})
        else:
            _write_comparison(found)
        share = found.cpu_share
        return EXIT_FAILED if share is not None and share.value > self.most_share else EXIT_OK


def _tokenizer(path: str) -> HfChatTokenizer:
    from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
    from palestra.trainer.model.model_files import PACKAGE_PREFIX, load_model, quiet_transformers

    quiet_transformers()
    if path.startswith(PACKAGE_PREFIX):
        return HfChatTokenizer(load_model(path)[1])
    from transformers import AutoTokenizer

    try:
        return HfChatTokenizer(AutoTokenizer.from_pretrained(path, local_files_only=True))
    except (OSError, ValueError) as error:
        raise UsageError(f"no tokenizer in `{path}`: {str(error).splitlines()[0]}\n\nhint: give a folder") from error


@contextmanager
def _log() -> Iterator[Callable[[str], object]]:
    """A file that takes lines, as the log of a run does."""
    with TemporaryFile("w", encoding="utf-8") as file:
        yield lambda line: file.write(line + "\n")


def _write_costs(costs: Sequence[RolloutCost]) -> None:
    rows: list[tuple[str, ...]] = [
        ("ENVIRONMENT", "ROLLOUTS", "READ", "WRITTEN", "TURNS", "CPU-ms p50", "p95", "mean"),
    ]
    for cost in costs:
        tokens = (f"{cost.prompt_tokens:.0f}", f"{cost.response_tokens:.0f}", f"{cost.turns:.1f}")
        times = (f"{value:.3f}" for value in (cost.p50_ms, cost.p95_ms, cost.mean_ms))
        rows.append((cost.env, str(cost.rollouts), *tokens, *times))
    write_columns(rows)


def _write_comparison(found: Comparison) -> None:
    rows: list[tuple[str, ...]] = [("SIDE", "tokens/s", "TOKENS", "SECONDS", "OUR CPU-s", "SERVER CPU-s")]
    for side, total in (("ours", found.total("ours")), ("raw load", found.total("raw"))):
        cells = (f"{total.tokens_per_s:.1f}", str(total.tokens), f"{total.seconds:.1f}", f"{total.own_cpu_s:.2f}")
        rows.append((side, *cells, "-" if total.server_cpu_s != total.server_cpu_s else f"{total.server_cpu_s:.1f}"))
    write_columns(rows)
    write(f"\nour tokens/s over the raw load's, {len(found.pairs)} pairs: {found.speed_ratio}")
    share = "unknown: its process is not on this machine" if found.cpu_share is None else str(found.cpu_share)
    write(f"CPU of our process over the server's: {share}")
