"""From a configuration to the parts of a run."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel

from palestra.agents import Conduct
from palestra.trainer.alarms import AlarmWatch
from palestra.trainer.config import LoraConfig, TrainConfig
from palestra.trainer.crew.crew import ALONE, Crew
from palestra.trainer.crew.orders import Assemble, NextStage
from palestra.trainer.generation.site import Site
from palestra.trainer.learner.learned import Learned
from palestra.trainer.learner.learner import Learner
from palestra.trainer.learner.reference import Reference
from palestra.trainer.learner.resets import PlateauWatch
from palestra.trainer.losses import ReinforceLoss
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from palestra.trainer.model.compiled import learning_trunk
from palestra.trainer.model.placed_model import placed_model
from palestra.trainer.model.policy import Policy, without_dropout
from palestra.trainer.model.precision import product_dtype
from palestra.trainer.noise import NoiseLoop
from palestra.trainer.objective.objective import Objective
from palestra.trainer.practice.gold import with_gold
from palestra.trainer.run.parts import Parts
from palestra.trainer.run.practising import practice_of
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
    torch.manual_seed(config.seed)  # LoRA's first weights are drawn by torch
    model, tokenizer = placed_model(config.model.path)
    policy = crew.placed(Policy.of(_trainable(model, config), product_dtype(config.model.precision, model.device)))
    reference = Reference(policy, is_initial=True) if config.kl is not None else None
    return AssembledLearner(
        tokenizer=tokenizer,
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
