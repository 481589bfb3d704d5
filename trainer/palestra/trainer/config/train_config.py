"""The configuration of a training run: frozen dataclasses, checked when they are built.

A field that offers a choice is a union of dataclasses; TOML picks the member by its `kind`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from palestra.agents.loops import AgentLoop
from palestra.trainer.advantages import Advantage, DrGrpo
from palestra.trainer.alarms import ALL_ALARMS, RunAlarm
from palestra.trainer.credit import Credit, WholeResponse
from palestra.trainer.generation.choice import GeneratorChoice, InProcess
from palestra.trainer.learner.resets import PlateauReset
from palestra.trainer.losses import ClippedLoss, PolicyLoss
from palestra.trainer.modes import Mode, Synchronous
from palestra.trainer.noise import NoiseConfig
from palestra.trainer.objective.aggregation import Aggregation, TokenMean
from palestra.trainer.objective.critic import Critic
from palestra.trainer.objective.entropy import Entropy
from palestra.trainer.objective.importance import Correction
from palestra.trainer.objective.kl import KlPenalty
from palestra.trainer.objective.token_focus import TokenFocus
from palestra.trainer.optimizers.config import OptimConfig
from palestra.trainer.parallel.choice import OneProcess, Parallel
from palestra.trainer.practice.practice import Practice
from palestra.trainer.practice.reasoning import Reasoning
from palestra.trainer.require import require
from palestra.trainer.rewards import Objectives, RewardSource, VerdictReward
from palestra.trainer.reweighting import Reweighting
from palestra.trainer.selection import KeepAll, Selection
from palestra.trainer.settings.env_workers import EnvWorkerChoice, LocalWorkers
from palestra.trainer.settings.evaluation import CheckpointConfig, EvalConfig
from palestra.trainer.settings.learner import LearnerConfig
from palestra.trainer.settings.model import ModelConfig
from palestra.trainer.settings.rollout import RolloutConfig
from palestra.trainer.shaping import OverlongPenalty, Shaping
from palestra.trainer.stages.forgetting import ForgettingCheck
from palestra.trainer.stages.span import check_stages
from palestra.trainer.supervised import Sft
from palestra.trainer.trackers import TrackerChoice, check_trackers
from palestra.verifiers.rewards import Overlong


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainConfig:
    """A training run."""

    name: str = "run"
    """Name of the run."""
    run_dir: str = "runs/{name}"
    """Folder of the run; `{name}` stands for its name."""
    seed: int = 0
    """Decides sampling and initialisation."""
    steps: int
    """Steps to train, unless `max_seconds` ends the run before."""
    max_seconds: float | None = None
    """Training time after which the run ends; evaluation does not count. none: no limit."""
    env: Practice
    """What the model practises on: single (the default), mixture, curriculum or evolution."""
    model: ModelConfig
    rollout: RolloutConfig = field(default_factory=RolloutConfig)
    mode: Mode = field(default_factory=Synchronous)
    """What of a step overlaps with the next: synchronous, pipelined or colocated."""
    generator: GeneratorChoice = field(default_factory=InProcess)
    """Where rollouts are sampled: in-process, vllm (servers, started here or running), or replay (of a run's log)."""
    env_workers: EnvWorkerChoice = field(default_factory=LocalWorkers)
    """Where environments, verifiers and sandboxes live: local, or ray (an extra) for other machines."""
    loop: AgentLoop | None = None
    """How the policy works over several turns: tool-calling or mini-swe; none: as the environment is by itself."""
    reward: RewardSource = field(default_factory=VerdictReward)
    """What a response is paid for: verdict, verifier (another one), substring, noisy (errors by chance), or the null
    controls random and inverted."""
    noise: NoiseConfig | None = None
    """What is done about errors of the verdicts that pay: rates, correction, audits; none: nothing."""
    shaping: tuple[Shaping, ...] = ()
    """What is made of corrected rewards, one after the other: overlong, relative-length, efficient-reasoning,
    long-horizon, par, log-sigmoid, affine, truncated-factor, missing-end, self-aligned."""
    components: tuple[str, ...] = ()
    """Objectives for estimators that normalise each alone: `outcome`, stages of shaping, parts of the verdict."""
    component_gates: Mapping[str, str] = field(default_factory=dict)
    """Component to the one that must reach 1 for it to count."""
    advantage: Advantage = field(default_factory=DrGrpo)
    """How much better a response is than its group: grpo, dr-grpo, rloo, reinforce++, reinforce++-baseline,
    prorl-v2, bnpo, decomposed, gdpo, opmd, asym-re, psr, nsr, w-reinforce, pass-at-k, gpg, opo, a-lol or
    coefficients."""
    loss: PolicyLoss = field(default_factory=ClippedLoss)
    """Loss of a token: clipped, reinforce, gspo, cispo, gmpo, soft-adaptive, topr, rec, raft, redi or a-lol."""
    aggregation: Aggregation = field(default_factory=TokenMean)
    """Weights of tokens: token-mean, sequence-mean, sequence-sum or constant-norm."""
    kl: KlPenalty | None = None
    """Penalty for leaving the initial model: k1, k2 or k3; none loads no reference model."""
    correction: Correction | None = None
    """For a generator that is not quite the learner: truncated, masked or ice-pop; none: the loss's ratio is to the
    generator."""
    entropy: Entropy | None = None
    """What is paid for entropy: bonus or control; none: nothing, and it is only estimated."""
    critic: Critic | None = None
    """Token-level advantages from a value head that is trained along; none: `advantage` and `credit` give them."""
    focus: TokenFocus | None = None
    """Which tokens are learned from: high-entropy or d3s-tokens; none: all."""
    overlong: Overlong | None = None
    """Penalty for responses near the token limit, before all shaping; none: no penalty."""
    selection: Selection = field(default_factory=KeepAll)
    """Which samples are learned from: all, red-drop, d3s, ada-balance, pf-ppo or even-prompts."""
    credit: Credit = field(default_factory=WholeResponse)
    """How an advantage is spread over a rollout's turns: whole, turn-returns, dense-turns or duration-weighted."""
    reweighting: tuple[Reweighting, ...] = ()
    """Factors of samples' advantages, one after the other: sigma-filter, stcr."""
    reasoning: Reasoning | None = None
    """Thinking on request of the system prompt; none: the prompts do not mention it."""
    supervised: Sft | None = None
    """Learn from demonstrations instead of rewards: sft; none: reinforcement learning."""
    resets: PlateauReset | None = None
    """When the reference becomes the policy and the optimizer starts anew: plateau; none: never."""
    optim: OptimConfig = field(default_factory=OptimConfig)
    parallel: Parallel = field(default_factory=OneProcess)
    """On how many processes the learner is spread: one-process, or fsdp under torchrun."""
    learner: LearnerConfig = field(default_factory=LearnerConfig)
    evaluation: EvalConfig = field(default_factory=EvalConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)
    alarms: tuple[RunAlarm, ...] = ALL_ALARMS
    """What is watched: turns-farmed, audit-gap, no-signal, masked-samples, length-drift, entropy-collapse,
    false-accepts, useless-verdicts."""
    forgetting: ForgettingCheck = field(default_factory=ForgettingCheck)
    """What later stages may cost earlier ones."""
    trackers: tuple[TrackerChoice, ...] = ()
    """What shows the run elsewhere, beside metrics.jsonl: tensorboard, wandb, trackio."""
    stages: tuple[TrainConfig, ...] = ()
    """Parts of the run on the same weights, one after the other: each has a name and steps of its own, and of
    everything else only what differs from the run."""

    def __post_init__(self) -> None:
        require(bool(self.name) and "\0" not in self.name, f"name must be a file name, got {self.name!r}")
        require(bool(self.run_dir), "run_dir must be a path")
        require(self.steps >= 1, f"steps must be at least 1, got {self.steps}")
        if self.max_seconds is not None:
            require(0 < self.max_seconds < math.inf, f"max_seconds must be positive, got {self.max_seconds}")
        require(
            self.learner.updates_per_step <= self.rollout.prompts_per_step,
            f"learner.updates_per_step = {self.learner.updates_per_step} is more than the "
            f"{self.rollout.prompts_per_step} groups of a step",
        )
        require(
            self.resets is None or min(self.evaluation.every, self.evaluation.tasks, self.evaluation.during_tasks) > 0,
            "resets go by evaluations during training: set evaluation.every, evaluation.tasks and "
            "evaluation.during_tasks",
        )
        require(
            hasattr(self.advantage, "normalisation"),
            f"the advantage `{self.advantage.kind}` does not say what becomes of affine maps of its rewards"
            "\n\nhint: give it a property `normalisation`, as those of palestra.trainer.advantages have",
        )
        Objectives(names=self.components, gates=self.component_gates)
        _check_components(self)
        require(
            self.critic is None or (self.credit == WholeResponse() and not self.reweighting),
            "a critic gives every token an advantage of its own: beside it credit and reweighting have no effect",
        )
        self.mode.check(self)
        check_trackers(self.trackers)
        check_stages(self, self.stages)

    @property
    def shaping_stages(self) -> tuple[Shaping, ...]:
        """All stages of shaping, `overlong` first and `reasoning` last."""
        first: list[Shaping] = []
        if self.overlong is not None:
            first.append(OverlongPenalty(max_tokens=self.overlong.max_tokens, buffer=self.overlong.buffer))
        return (*first, *self.shaping, *(() if self.reasoning is None else (self.reasoning,)))

    @property
    def asks_policy(self) -> bool:
        """Whether a stage of shaping asks the policy what it thinks of responses."""
        return any(getattr(stage, "asks_policy", False) for stage in self.shaping_stages)

    @property
    def total_steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages) or self.steps

    @property
    def run_path(self) -> Path:
        """The folder of the run."""
        return Path(self.run_dir.replace("{name}", self.name))


def _check_components(config: TrainConfig) -> None:
    """Refuse gates that nobody looks at, and weights of components that there are not."""
    reads = getattr(config.advantage, "reads_components", False)
    require(
        reads or not config.component_gates,
        f"component_gates have no effect: the estimator `{config.advantage.kind}` reads the whole reward",
    )
    unknown = sorted(set(getattr(config.advantage, "weights", ())) - set(config.components))
    require(not unknown, f"advantage.weights names `{', '.join(unknown)}`, which components does not")
