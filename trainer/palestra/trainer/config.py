"""The configuration of a training run: frozen dataclasses, checked when they are built.

A field that offers a choice is a union of dataclasses; TOML picks the member by its `kind`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from palestra.agents import Sampling, StageLimits
from palestra.agents.loops import AgentLoop
from palestra.envs import Scalar
from palestra.trainer.advantages import Advantage, DrGrpo
from palestra.trainer.aggregation import Aggregation, TokenMean
from palestra.trainer.alarms import ALL_ALARMS, RunAlarm
from palestra.trainer.budgets import FixedBudget, SampleBudget
from palestra.trainer.credit import Credit, WholeResponse
from palestra.trainer.critic import Critic
from palestra.trainer.early_rejection import EarlyRejection
from palestra.trainer.entropy import Entropy
from palestra.trainer.gold import GoldMember
from palestra.trainer.importance import Correction
from palestra.trainer.kl import KlPenalty
from palestra.trainer.losses import ClippedLoss, PolicyLoss
from palestra.trainer.noise import NoiseConfig
from palestra.trainer.practice import Practice
from palestra.trainer.reasoning import Reasoning
from palestra.trainer.resets import PlateauReset
from palestra.trainer.rewards import Objectives, RewardSource, VerdictReward
from palestra.trainer.reweighting import Reweighting
from palestra.trainer.schedules import Constant, Decay, Schedule
from palestra.trainer.selection import KeepAll, Selection
from palestra.trainer.shaping import OverlongPenalty, Shaping
from palestra.trainer.stages.forgetting import ForgettingCheck
from palestra.trainer.stages.span import check_stages
from palestra.trainer.supervised import Sft
from palestra.trainer.token_focus import TokenFocus
from palestra.verifiers.rewards import Overlong


@dataclass(frozen=True, kw_only=True, slots=True)
class LoraConfig:
    """Train low-rank additions to the weights instead of the weights.

    Source: "LoRA: Low-Rank Adaptation of Large Language Models", arXiv:2106.09685.
    """

    rank: int = 16
    """Columns of each addition."""
    alpha: float = 32.0
    """The addition is scaled by alpha / rank."""
    target_modules: tuple[str, ...] = ()
    """Names of the layers that get an addition; empty: every linear layer but the head."""

    def __post_init__(self) -> None:
        _require(self.rank >= 1, f"rank must be at least 1, got {self.rank}")
        _require(0 < self.alpha < math.inf, f"alpha must be positive and finite, got {self.alpha}")


class Precision(StrEnum):
    """Numbers that the model computes with; the optimizer always has fp32 weights."""

    AUTO = "auto"
    """bf16 where the machine multiplies it faster than fp32, else fp32."""
    FP32 = "fp32"
    BF16 = "bf16"


@dataclass(frozen=True, kw_only=True, slots=True)
class ModelConfig:
    """The model to train."""

    path: str
    """Folder of a `transformers` checkpoint, or `package:NAME` for one inside an installed package."""
    precision: Precision = Precision.AUTO
    """auto, fp32 or bf16."""
    lora: LoraConfig | None = None
    """Low-rank training; none trains all weights."""

    def __post_init__(self) -> None:
        _require(bool(self.path), "path must name a model folder")


@dataclass(frozen=True, kw_only=True, slots=True)
class RolloutConfig:
    """What is sampled in a step."""

    prompts_per_step: int = 12
    """Tasks drawn for a step."""
    samples_per_prompt: int = 8
    """Responses to each task: the size of a group."""
    max_new_tokens: int = 128
    """Longest turn that the policy may write."""
    temperature: float = 1.0
    """Of sampling; behaviour and learner log-probabilities are both taken at it."""
    length_schedule: Schedule = field(default_factory=Constant)
    """Factor of max_new_tokens over the run: constant, linear, cosine or stairs."""
    temperature_schedule: Schedule = field(default_factory=Constant)
    """Factor of temperature over the run: constant, linear, cosine or stairs."""
    budget: SampleBudget = field(default_factory=FixedBudget)
    """How samples are spread over tasks: fixed, dynamic, reinforce-ada, gvm or swarm."""
    gold: GoldMember | None = None
    """The oracle's answer as one more member of a group; none: the policy's own alone."""
    rejection: EarlyRejection | None = None
    """When a hopeless response is ended while it is written; none: never."""
    max_concurrent: int = 64
    """Sequences that the generator decodes at once."""
    stages: StageLimits = field(default_factory=StageLimits)
    """Episodes with a sandbox that may be opened, run and graded at once."""

    def __post_init__(self) -> None:
        _require(self.prompts_per_step >= 1, f"prompts_per_step must be at least 1, got {self.prompts_per_step}")
        _require(
            self.samples_per_prompt >= 2,
            f"samples_per_prompt must be at least 2, got {self.samples_per_prompt}: "
            "a response is compared with the others of its group",
        )
        _require(self.max_new_tokens >= 1, f"max_new_tokens must be at least 1, got {self.max_new_tokens}")
        _require(0 < self.temperature < math.inf, f"temperature must be positive and finite, got {self.temperature}")
        _require(self.max_concurrent >= 1, f"max_concurrent must be at least 1, got {self.max_concurrent}")
        _require(
            min(self.temperature_schedule(share / 100) for share in range(101)) > 0,
            "temperature_schedule falls to 0: nothing is learned from what is not sampled",
        )

    def sampling_at(self, progress: float) -> Sampling:
        """How responses are drawn when this share of the run, in [0, 1], is done."""
        return Sampling(
            max_new_tokens=max(1, round(self.max_new_tokens * self.length_schedule(progress))),
            temperature=self.temperature * self.temperature_schedule(progress),
            may_reject=self.rejection is not None,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OptimConfig:
    """How weights are updated: AdamW.

    Source: "Decoupled Weight Decay Regularization", arXiv:1711.05101, algorithm 2.
    """

    lr: float = 1e-6
    """Learning rate after warm-up."""
    beta1: float = 0.9
    """Decay of the mean of gradients."""
    beta2: float = 0.999
    """Decay of the mean of squared gradients."""
    eps: float = 1e-8
    """Added to the root of the mean of squared gradients."""
    weight_decay: float = 0.0
    """Share of each weight taken away per update, times the learning rate."""
    warmup_steps: int = 0
    """Steps over which the learning rate rises from 0 in a straight line."""
    clip_norm: float = 1.0
    """Longest gradient; a longer one is scaled down to it. inf: never."""
    decay: Decay = field(default_factory=Constant)
    """constant, linear, cosine or stairs, after warm-up."""

    def __post_init__(self) -> None:
        _require(0 < self.lr < math.inf, f"lr must be positive and finite, got {self.lr}")
        for name, beta in (("beta1", self.beta1), ("beta2", self.beta2)):
            _require(0 <= beta < 1, f"{name} must be in [0, 1), got {beta}")
        _require(0 < self.eps < math.inf, f"eps must be positive and finite, got {self.eps}")
        _require(0 <= self.weight_decay < math.inf, f"weight_decay must be 0 or more, got {self.weight_decay}")
        _require(self.warmup_steps >= 0, f"warmup_steps must be 0 or more, got {self.warmup_steps}")
        _require(self.clip_norm > 0, f"clip_norm must be positive, got {self.clip_norm}")

    def lr_at(self, step: int, steps: int) -> float:
        """The learning rate of step 1, 2, ..., `steps`."""
        if step <= self.warmup_steps:
            return self.lr * step / self.warmup_steps
        done, decaying = step - self.warmup_steps - 1, steps - self.warmup_steps
        return self.lr * self.decay(min(done / max(decaying, 1), 1.0))


@dataclass(frozen=True, kw_only=True, slots=True)
class LearnerConfig:
    """How a step's rollouts become updates."""

    tokens_per_microbatch: int = 4096
    """Most tokens in one forward pass; it bounds memory and changes no result."""
    updates_per_step: int = 1
    """Optimizer updates per step, each on an equal share of the groups."""
    activation_checkpointing: bool = False
    """Compute activations again in the backward pass: less memory, a third more time."""

    def __post_init__(self) -> None:
        _require(
            self.tokens_per_microbatch >= 1,
            f"tokens_per_microbatch must be at least 1, got {self.tokens_per_microbatch}",
        )
        _require(self.updates_per_step >= 1, f"updates_per_step must be at least 1, got {self.updates_per_step}")


@dataclass(frozen=True, kw_only=True, slots=True)
class EvalConfig:
    """Evaluation on tasks of the test split, before, during and after training."""

    every: int = 0
    """Steps between evaluations; 0: only before and after."""
    tasks: int = 200
    """Tasks of each evaluation, the same every time; 0: no evaluation."""
    during_tasks: int = 100
    """Of these tasks, how many (the first) are evaluated during training, with one sample each."""
    samples_per_task: int = 1
    """Responses to each task; more than 1 also gives pass@k."""
    greedy: bool = True
    """Also evaluate with the most probable token everywhere."""
    ood_config: Mapping[str, Scalar] | None = None
    """Options of the task family for a second evaluation, e.g. a higher difficulty; none: no second one."""
    ood_tasks: int = 200
    """Tasks of the second evaluation."""
    seed: int = 0
    """Stream of evaluation tasks."""

    def __post_init__(self) -> None:
        for name, value, least in (
            ("every", self.every, 0),
            ("tasks", self.tasks, 0),
            ("during_tasks", self.during_tasks, 0),
            ("samples_per_task", self.samples_per_task, 1),
            ("ood_tasks", self.ood_tasks, 1),
        ):
            _require(value >= least, f"{name} must be {least} or more, got {value}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckpointConfig:
    """What survives a kill."""

    every: int = 10
    """Steps between checkpoints; 0: only at the end."""
    keep: int = 2
    """Newest checkpoints that stay on disk."""

    def __post_init__(self) -> None:
        _require(self.every >= 0, f"every must be 0 or more, got {self.every}")
        _require(self.keep >= 1, f"keep must be at least 1, got {self.keep}")


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
    learner: LearnerConfig = field(default_factory=LearnerConfig)
    evaluation: EvalConfig = field(default_factory=EvalConfig)
    checkpoint: CheckpointConfig = field(default_factory=CheckpointConfig)
    alarms: tuple[RunAlarm, ...] = ALL_ALARMS
    """What is watched: turns-farmed, audit-gap, no-signal, masked-samples, length-drift, entropy-collapse,
    false-accepts."""
    forgetting: ForgettingCheck = field(default_factory=ForgettingCheck)
    """What later stages may cost earlier ones."""
    tensorboard: bool = False
    """Write TensorBoard files beside metrics.jsonl."""
    stages: tuple[TrainConfig, ...] = ()
    """Parts of the run on the same weights, one after the other: each has a name and steps of its own, and of
    everything else only what differs from the run."""

    def __post_init__(self) -> None:
        _require(bool(self.name) and "\0" not in self.name, f"name must be a file name, got {self.name!r}")
        _require(bool(self.run_dir), "run_dir must be a path")
        _require(self.steps >= 1, f"steps must be at least 1, got {self.steps}")
        if self.max_seconds is not None:
            _require(0 < self.max_seconds < math.inf, f"max_seconds must be positive, got {self.max_seconds}")
        _require(
            self.learner.updates_per_step <= self.rollout.prompts_per_step,
            f"learner.updates_per_step = {self.learner.updates_per_step} is more than the "
            f"{self.rollout.prompts_per_step} groups of a step",
        )
        _require(
            self.resets is None or (self.evaluation.every > 0 and self.evaluation.tasks > 0),
            "resets go by evaluations during training: set evaluation.every and evaluation.tasks",
        )
        Objectives(names=self.components, gates=self.component_gates)
        check_stages(self, self.stages)

    @property
    def shaping_stages(self) -> tuple[Shaping, ...]:
        """All stages of shaping, `overlong` first and `reasoning` last."""
        first: list[Shaping] = []
        if self.overlong is not None:
            first.append(OverlongPenalty(max_tokens=self.overlong.max_tokens, buffer=self.overlong.buffer))
        return (*first, *self.shaping, *(() if self.reasoning is None else (self.reasoning,)))

    @property
    def total_steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages) or self.steps

    @property
    def run_path(self) -> Path:
        """The folder of the run."""
        return Path(self.run_dir.replace("{name}", self.name))


def _require(condition: bool, message: str) -> None:
    if not condition:
        raise ValueError(message)
