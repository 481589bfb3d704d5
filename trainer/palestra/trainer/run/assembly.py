"""From a configuration to the parts of a run."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from palestra.agents import Conduct, RolloutDriver, Sampling
from palestra.agents.loops import AgentLoop
from palestra.agents.remote import HERE, EnvSpec, EnvWorkers
from palestra.agents.vllm import PoolLimits, TokenRules, VllmPool
from palestra.envs import Scalar, Task, TextEnv
from palestra.envs.curriculum import Member
from palestra.trainer.alarms import AlarmWatch
from palestra.trainer.config import LoraConfig, Precision, TrainConfig
from palestra.trainer.crew.crew import ALONE, Crew
from palestra.trainer.crew.orders import Assemble, NextStage
from palestra.trainer.generation.choice import InProcess
from palestra.trainer.generation.site import Site
from palestra.trainer.learner.learned import Learned
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.reference import Reference
from palestra.trainer.learner.resets import PlateauWatch
from palestra.trainer.losses import ReinforceLoss
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.compiled import learning_trunk
from palestra.trainer.model.model_files import load_model, load_tokenizer, quiet_transformers
from palestra.trainer.model.policy import Policy, without_dropout
from palestra.trainer.model.precision import product_dtype
from palestra.trainer.noise import NoiseLoop
from palestra.trainer.objective.objective import Objective
from palestra.trainer.practice.gold import with_gold
from palestra.trainer.practice.practice import Practice, with_options
from palestra.trainer.run.parts import Parts
from palestra.trainer.settings.env_workers import LocalWorkers

log = logging.getLogger("palestra")


@dataclass(frozen=True, kw_only=True, slots=True)
class AssembledLearner:
    """The part of a run that every rank has."""

    tokenizer: HfChatTokenizer
    learned: Learned


def assemble_learned(config: TrainConfig, crew: Crew = ALONE) -> AssembledLearner:
    """Load the model and build the learner around it; on every rank.

    Raises:
        ModelError: The model cannot be loaded.
    """
    quiet_transformers()
    torch.manual_seed(config.seed)  # LoRA's first weights are drawn by torch
    model, hf_tokenizer = load_model(config.model.path)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device=device)  # type: ignore[call-arg]
    policy = crew.placed(Policy.of(_trainable(model, config), product_dtype(config.model.precision, device)))
    reference = Reference(policy, is_initial=True) if config.kl is not None else None
    return AssembledLearner(
        tokenizer=HfChatTokenizer(hf_tokenizer),
        learned=Learned(policy=policy, learner=_learner(config, policy, reference), reference=reference),
    )


def next_learned(learned: Learned, config: TrainConfig) -> Learned:
    """The learner of a stage that follows another on the same weights; on every rank."""
    policy = learned.policy
    reference = Reference(policy, is_initial=False) if config.kl is not None else None
    return Learned(policy=policy, learner=_learner(config, policy, reference), reference=reference)


def assemble(config: TrainConfig, crew: Crew = ALONE, *, stage: int = 0, folder: Path | None = None) -> Parts:
    """Load the model and build generator and learner around it.

    Args:
        config: Of the run, or of one of its stages.
        crew: Who learns.
        stage: Number of the stage, from 0.
        folder: Of the run; as configured if None.

    Raises:
        ModelError: The model cannot be loaded.
        ConfigError: The mode does not go with the generator.
        GeneratorError: A server for rollouts cannot be started.
    """
    with crew.lead(Assemble(stage=stage)):
        assembled = assemble_learned(config, crew)
    tokenizer, learned = assembled.tokenizer, assembled.learned
    policy = learned.policy
    site = Site(
        policy=policy,
        tokenizer=tokenizer,
        max_concurrent=config.rollout.max_concurrent,
        rejection=config.rollout.rejection,
        model_path=config.model.path,
        folder=folder or config.run_path,
    )
    generation = config.generator.build(site)
    parts = Parts(
        tokenizer=tokenizer,
        policy=policy,
        generator=generation.generator,
        weight_sync=generation.weight_sync,
        learner=learned.learner,
        sampler=practice_of(config).sampler(config.rollout.samples_per_prompt),
        conduct=_conduct_of(config),
        noise=NoiseLoop(config.noise, config.reward, config.seed),
        watch=AlarmWatch(config.alarms),
        reference=learned.reference,
        plateau=None if config.resets is None else PlateauWatch(config.resets),
        env_workers=config.env_workers.start(),
    )
    return config.mode.fit(parts)


def next_stage(parts: Parts, before: TrainConfig, config: TrainConfig) -> Parts:
    """The parts of a stage that follows another on the same weights.

    Its reference is the policy as it is now, its optimizer is fresh, and its tasks go on where those before ended if
    it practises on the same.
    """
    with parts.policy.crew.lead(NextStage()):
        learned = next_learned(parts.learned, config)
    samples = config.rollout.samples_per_prompt
    goes_on = practice_of(config) == practice_of(before) and samples == before.rollout.samples_per_prompt
    sampler = practice_of(config).sampler(samples)
    if goes_on:
        sampler.restore(parts.sampler.state())  # as a run that is resumed between the stages does
    same_verdicts = (config.noise, config.reward) == (before.noise, before.reward)
    following = replace(
        parts,
        learner=learned.learner,
        sampler=sampler,
        conduct=_conduct_of(config),
        noise=parts.noise if same_verdicts else NoiseLoop(config.noise, config.reward, config.seed),
        watch=AlarmWatch(config.alarms),
        reference=learned.reference,
        plateau=None if config.resets is None else PlateauWatch(config.resets),
    )
    return config.mode.fit(following)


def _conduct_of(config: TrainConfig) -> Conduct:
    """How episodes of a run are played. Those of a pool of workers wait for each other's places."""
    in_lockstep = config.rollout.lockstep and config.mode.repeats and isinstance(config.env_workers, LocalWorkers)
    return Conduct.of(config.loop, config.rollout.stages, in_lockstep=in_lockstep)


def _learner(config: TrainConfig, policy: Policy, reference: Reference | None) -> Learner:
    """A learner with a fresh optimizer; demonstrations, which nobody sampled, are learned at temperature 1."""
    is_supervised = config.supervised is not None
    learner = Learner(
        policy,
        config.optim,
        Objective(loss=ReinforceLoss(), kl=config.kl) if is_supervised else _objective(config),
        tokens_per_microbatch=config.learner.tokens_per_microbatch,
        temperature=1.0 if is_supervised else config.rollout.temperature,
        reference=None if reference is None else reference.policy,
    )
    learner.trunk = learning_trunk(policy, compiled=config.learner.compile)
    return learner


def _objective(config: TrainConfig) -> Objective:
    return Objective(
        loss=with_gold(config.loss, config.rollout.gold),
        correction=config.correction,
        kl=config.kl,
        entropy=config.entropy,
        critic=config.critic,
        focus=config.focus,
    )


def inference_driver(
    path: str, sampling: Sampling, *, loop: AgentLoop | None = None, max_concurrent: int = 64
) -> RolloutDriver:
    """A driver on a model that is sampled from and not trained.

    Args:
        path: Folder of a checkpoint, or `package:NAME`.
        sampling: Of every response.
        loop: What is read of earlier turns, and how many tokens an episode may have.
        max_concurrent: Sequences that are decoded at once.

    Raises:
        ModelError: The model cannot be loaded.
    """
    quiet_transformers()
    model, hf_tokenizer = load_model(path)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    model.to(device=device)  # type: ignore[call-arg]
    policy = Policy.of(_frozen(model), product_dtype(Precision.AUTO, device))
    tokenizer = HfChatTokenizer(hf_tokenizer)
    generation = InProcess().build(Site(policy=policy, tokenizer=tokenizer, max_concurrent=max_concurrent))
    return RolloutDriver(generation.generator, tokenizer, sampling, Conduct.of(loop, in_lockstep=True))


def served_driver(
    path: str, urls: Sequence[str], sampling: Sampling, *, loop: AgentLoop | None = None, api_key: str | None = None
) -> tuple[RolloutDriver, VllmPool]:
    """A driver on vLLM servers with the weights that they have, and their pool, which the caller closes.

    Args:
        path: Of the same model, for its tokenizer: a folder, or `package:NAME`.
        urls: Of the servers, without a path.
        sampling: Of every response.
        loop: What is read of earlier turns, and how many tokens an episode may have.
        api_key: Sent as a bearer token, if given.

    Raises:
        ModelError: There is no tokenizer.
        ValueError: An address is none of a server.
    """
    quiet_transformers()
    tokenizer = HfChatTokenizer(load_tokenizer(path))
    limits = PoolLimits(start_timeout_s=60.0)
    pool = VllmPool(urls, TokenRules(stop_ids=tokenizer.stop_ids), limits=limits, api_key=api_key)
    return RolloutDriver(pool, tokenizer, sampling, Conduct.of(loop)), pool


def env_of(config: TrainConfig, *, thinks: bool | None = None, workers: EnvWorkers = HERE) -> Callable[[Task], TextEnv]:
    """Makes the environment of a task of the run.

    Args:
        config: Of the run.
        thinks: Whether thinking is asked for where that can be said; None: as the task has it in training.
        workers: Where environments live.
    """
    reasoning, own = config.reasoning, config.env.system_prompt

    def make(task: Task) -> TextEnv:
        prompt = own
        if reasoning is not None:
            prompt = reasoning.system_prompt(own, thinks=reasoning.asks(task) if thinks is None else thinks)
        return workers.env(EnvSpec(id=task.id.source, config=task.id.config, system_prompt=prompt, loop=config.loop))

    return make


def practised(config: TrainConfig, options: Mapping[str, Scalar] | None = None) -> tuple[Member, ...]:
    """The environments of the run, or the same with other options of their families.

    Raises:
        UnknownEnvError: A configured id does not exist.
        palestra.envs.ConfigError: The options do not fit a family.
    """
    practice = practice_of(config)
    if options is not None:
        practice = with_options(practice, options, instead=True)
        practice = with_options(practice, {} if config.loop is None else config.loop.options)
    chosen = practice.members
    for member in chosen:
        member.make()  # a wrong id or option is reported before a model is loaded
    return chosen


def practice_of(config: TrainConfig) -> Practice:
    """What the run practises on, with the options that its loop asks for."""
    return config.env if config.loop is None else with_options(config.env, config.loop.options)


def _trainable(model: PreTrainedModel, config: TrainConfig) -> PreTrainedModel:
    without_dropout(model)
    model.eval()
    if config.model.lora is not None:
        _add_lora(model, config.model.lora)
    if config.learner.activation_checkpointing:
        # The first name is the new one of the second.
        enable = getattr(model, "activation_checkpointing_enable", None) or model.gradient_checkpointing_enable
        enable({"use_reentrant": False})
        model.train()  # the switch has no effect in evaluation mode; dropout is off anyway
    return model


def _add_lora(model: PreTrainedModel, lora: LoraConfig) -> None:
    """Put adapters into the model's own layers, in place: the model stays what it is for everyone else."""
    from peft import LoraConfig as PeftLora

    targets: Any = list(lora.target_modules) or "all-linear"
    scale: Any = lora.alpha  # peft declares an int and takes any number
    model.add_adapter(PeftLora(r=lora.rank, lora_alpha=scale, target_modules=targets, task_type="CAUSAL_LM"))


def _frozen(model: PreTrainedModel) -> PreTrainedModel:
    without_dropout(model)
    model.requires_grad_(False)
    model.eval()
    return model
