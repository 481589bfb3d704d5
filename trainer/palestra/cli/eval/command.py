"""`palestra eval`: what an agent, a model or an endpoint earns on held-out tasks."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from palestra.cli.errors import EXIT_FAILED, EXIT_OK, UsageError
from palestra.cli.text import Difficulty, EnvOptions, SplitName

if TYPE_CHECKING:
    from palestra.cli.eval.session import Question

LoopName = Literal["tool-calling", "mini-swe"]
"""The keys of `palestra.agents.loops.LOOPS`, which would load Gymnasium."""

_Text = Annotated[str | None, tyro.conf.arg(metavar="TEXT", help_behavior_hint="")]
_Name = Annotated[str | None, tyro.conf.arg(metavar="NAME", help_behavior_hint="")]
_Folder = Annotated[Path | None, tyro.conf.arg(metavar="FOLDER", help_behavior_hint="")]
_Amount = Annotated[float | None, tyro.conf.arg(metavar="X", help_behavior_hint="")]
_NOT_ASKED = ("resume", "json", "out")
"""Fields that say nothing about what is evaluated."""


@dataclass(frozen=True, kw_only=True)
class Evaluate:
    """Evaluate an agent, a model or an endpoint on held-out tasks: mean reward with its 95% interval.

    A model's evaluation is a run folder, which `palestra view`, `compare` and `rescore` read. Exit code 1 if no verdict
    was valid.
    """

    ids: Annotated[tyro.conf.Positional[tuple[str, ...]], tyro.conf.arg(metavar="ID...", help_behavior_hint="")] = ()
    """Ids of environments, with options of their own if need be (`ID?difficulty=0.3`), or a mixture: a TOML file with
    an `env` table as `palestra train` reads it."""
    agent: _Name = None
    """Who answers: oracle (knows the answer), noop (writes nothing), random (guesses), cheater:CHEAT, or cheater:*
    for every cheat that the environment names."""
    model: Annotated[str | None, tyro.conf.arg(metavar="PATH", help_behavior_hint="")] = None
    """Or a model that answers: the folder of a checkpoint, or package:NAME (needs the extra `train`); with --base-url
    also its name at the endpoint."""
    base_url: Annotated[tuple[str, ...], tyro.conf.arg(metavar="URL", help_behavior_hint="")] = ()
    """Where the model is served: vLLM servers, or one OpenAI-compatible endpoint."""
    api: Literal["auto", "tokens", "chat"] = "auto"
    """What the servers are asked for. tokens: token ids of vLLM servers, with the tokenizer of --model. chat: chat
    completions of any endpoint. auto: tokens where --model is a folder or package:NAME, else chat."""
    api_key_env: _Name = None
    """Environment variable with the key of the endpoint, or of the servers."""
    requests_per_minute: _Amount = None
    """Most requests that the endpoint allows in a minute."""
    tokens_per_minute: _Amount = None
    """Most tokens, of prompts and responses together, that it allows in a minute."""
    concurrent: Annotated[int, tyro.conf.arg(metavar="N")] = 4
    """Episodes of an agent that hold a sandbox, or requests to a chat endpoint, at once."""
    n: Annotated[int, tyro.conf.arg(metavar="N")] = 500
    """Number of tasks of each environment, and of each difficulty if there are several."""
    samples: Annotated[int | None, tyro.conf.arg(metavar="N", help_behavior_hint="(default: the largest of --k)")] = (
        None
    )
    """Responses of the model to each task."""
    k: Annotated[str | None, tyro.conf.arg(metavar="K,K,...", help_behavior_hint="(default: 1, 2, 4, ... samples)")] = (
        None
    )
    """Of pass@k, maj@k and the other selections, e.g. 1,4."""
    alpha: Annotated[float, tyro.conf.arg(metavar="0..1")] = 0.25
    """Share of the samples that best-of-majority asks of an answer."""
    temperature: float = 1.0
    """Of the model's sampling; 0 takes the most probable token everywhere."""
    max_new_tokens: Annotated[int, tyro.conf.arg(metavar="N")] = 128
    """Longest turn of the model."""
    system: _Text = None
    """System prompt."""
    thinking: Literal["as-is", "on", "off", "both"] = "as-is"
    """Whether the system prompt asks for thinking, as runs with a `reasoning` table train it; both: each task both
    ways."""
    loop: LoopName | None = None
    """How the model works over several turns: tool-calling or mini-swe; the environment's own way if not given."""
    split: SplitName = "test"
    """Which tasks; test is the held-out split."""
    seed: Annotated[int, tyro.conf.arg(metavar="N")] = 0
    """Stream of the tasks."""
    difficulty: Difficulty = None
    """Difficulty; the environment's default if it is not given."""
    difficulties: Annotated[str | None, tyro.conf.arg(metavar="X,X,...", help_behavior_hint="")] = None
    """Several difficulties, e.g. 0,0.5,1: --n tasks at each, with a line for each."""
    options: EnvOptions = ()
    """An option of the environment; may be repeated. `palestra envs show ID` lists them."""
    by: Annotated[str, tyro.conf.arg(metavar="NAME")] = "difficulty"
    """Option, or fact about the tasks, by which results are broken down."""
    prompt_price: _Amount = None
    """Price of a million prompt tokens."""
    completion_price: _Amount = None
    """Price of a million tokens that the model writes."""
    probe: bool = False
    """Also probe for contamination: does the model know questions by heart? Needs token ids."""
    out: _Folder = None
    """The folder to write; must be empty. Default for models: runs/eval-MODEL-ENVIRONMENT. Agents write one only if it
    is given."""
    resume: _Folder = None
    """Go on with the evaluation in this folder: nothing that has been played is played again."""
    cache: Literal["auto", "on", "off"] = "auto"
    """Take rollouts from the user's cache where the same model had the same task under the same settings. auto: for
    models in this process, whose weights are known."""
    json: bool = False
    """Print one JSON object for each environment, and for each cheat with `cheater:*`."""

    def run(self) -> int:
        """Evaluate each environment in turn."""
        from palestra.cli.eval.session import evaluate

        if self.resume is not None:
            return self._resumed(self.resume).run()
        results = evaluate(self.question(), is_json=self.json)
        return EXIT_FAILED if any(result.invalid == len(result.rollouts) for result in results) else EXIT_OK

    def question(self) -> Question:
        """What is evaluated, checked.

        Raises:
            UsageError: The arguments do not go together.
        """
        from palestra.cli.eval.session import Question

        if not self.ids:
            raise UsageError("no environment to evaluate\n\nhint: `palestra envs list` shows them")
        if (self.agent is None) == (self.model is None):
            raise UsageError("somebody has to answer\n\nhint: give one of `--agent NAME` and `--model PATH`")
        if self.base_url and self.model is None:
            raise UsageError("--base-url needs a tokenizer, or a name\n\nhint: give `--model`, of what is served")
        for url in self.base_url:
            if not url.startswith(("http://", "https://")):
                raise UsageError(f"`{url}` is no address of a server\n\nhint: `http://127.0.0.1:8000`")
        ks = _numbers(self.k, int, "--k")
        samples = self.samples or max(ks, default=1)
        if any(k > samples or k < 1 for k in ks) or samples < 1:
            raise UsageError(f"--k {self.k} of {samples} samples\n\nhint: k lies between 1 and `--samples`")
        if not 0 <= self.alpha <= 1:
            raise UsageError(f"--alpha {self.alpha} is no share\n\nhint: give a number in 0..1")
        difficulties = _numbers(self.difficulties, float, "--difficulties")
        if difficulties and self.difficulty is not None:
            raise UsageError("one of `--difficulty` and `--difficulties`\n\nhint: keep the second")
        return Question(command=self, samples=samples, ks=ks, difficulties=difficulties)

    def to_json(self) -> dict[str, object]:
        """All that says what is evaluated."""
        return {name: value for name, value in asdict(self).items() if name not in _NOT_ASKED}

    def _resumed(self, folder: Path) -> Evaluate:
        """The command that began the evaluation in a folder."""
        from palestra.agents.evaluation.folder import read_config

        if self.ids or self.agent or self.model:
            raise UsageError(f"`{folder}` says what is evaluated\n\nhint: give `--resume FOLDER` alone")
        asked = read_config(folder).get("command")
        known = {field.name for field in fields(self)}
        if not isinstance(asked, dict) or not set(asked) <= known:
            raise UsageError(f"`{folder}` is of another version of palestra\n\nhint: evaluate anew")
        values: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in asked.items()}
        return replace(Evaluate(**values), out=folder, json=self.json)


def _numbers(text: str | None, kind: type[Any], flag: str) -> tuple[Any, ...]:
    try:
        return tuple(sorted({kind(piece) for piece in text.split(",")})) if text is not None else ()
    except ValueError:
        raise UsageError(f"`{flag} {text}` is no list of numbers\n\nhint: write `{flag} 1,4`") from None


def canonical(command: dict[str, object]) -> str:
    """A command as text: equal ones are equal."""
    return json.dumps(command, sort_keys=True)
