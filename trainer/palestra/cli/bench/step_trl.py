"""TRL's side of `palestra bench step`: needs nothing of palestra; reads its job from standard input."""

from __future__ import annotations

import json
import resource
import sys
import time
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import torch
from datasets import Dataset
from transformers import AutoModelForCausalLM, AutoTokenizer

if TYPE_CHECKING:
    from trl import GRPOConfig, GRPOTrainer


def main() -> None:
    """Run the steps, and give the gradient on the frozen batch if that is asked for."""
    from trl import GRPOTrainer

    job: dict[str, Any] = json.load(sys.stdin)
    torch.set_num_threads(job["threads"])
    model = AutoModelForCausalLM.from_pretrained(job["model"], dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(job["model"])
    model.generation_config.eos_token_id = None
    dataset = Dataset.from_list([{"prompt": [{"role": "user", "content": text}]} for text in job["questions"]])
    marks: list[float] = []

    def reward(completions: list[list[dict[str, str]]], **_: object) -> list[float]:
        marks.append(time.perf_counter())
        return [float(len(completion[0]["content"]) % 2) for completion in completions]

    trainer = GRPOTrainer(
        model=model,
        processing_class=tokenizer,
        reward_funcs=reward,
        args=_settings(job),
        train_dataset=dataset,
    )
    if job["compares"]:
        _compare(job, trainer)
    stamps: list[float] = []
    own_step = trainer.training_step

    def timed(*inputs: Any, **options: Any) -> Any:
        stamps.append(time.perf_counter())
        return own_step(*inputs, **options)

    trainer.training_step = timed
    trainer.train()
    # A step is from one step's start to the next one's: generation, backward pass and optimizer.
    steps = [later - earlier for earlier, later in pairwise([*stamps, time.perf_counter()])][1:]
    generate = [mark - start for mark, start in zip(marks, stamps, strict=False)][1:]
    print(  # noqa: T201  the answer
        json.dumps(
            {
                "generate_s": round(median(generate), 3),
                "learn_s": round(median(s - g for s, g in zip(steps, generate, strict=True)), 3),
                "step_s": round(median(steps), 3),
                "peak_GiB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2),
            }
        )
    )


def _settings(job: dict[str, Any]) -> GRPOConfig:
    from trl import GRPOConfig

    return GRPOConfig(
        output_dir=job["scratch"],
        use_cpu=True,
        bf16=False,
        fp16=False,
        report_to=[],
        save_strategy="no",
        per_device_train_batch_size=job["prompts"] * job["samples"],
        num_generations=job["samples"],
        max_completion_length=job["tokens"],
        max_steps=job["steps"] + 1,
        learning_rate=1e-5,
        lr_scheduler_type="constant",
        beta=0.0,
        epsilon=0.2,
        epsilon_high=0.2,
        loss_type="dapo",
        scale_rewards="none",
        temperature=1.0,
        top_k=0,
        shuffle_dataset=False,
        gradient_checkpointing=False,
        logging_steps=1000,
        disable_tqdm=True,
        generation_kwargs={"min_new_tokens": job["tokens"]},
    )


def _compare(job: dict[str, Any], trainer: GRPOTrainer) -> None:
    """Write the gradient of the frozen batch; the weights stay."""
    from safetensors.torch import save_file

    rows = json.loads(Path(job["batch"]).read_text(encoding="utf-8"))
    width = max(len(row["prompt"]) for row in rows)
    prompts = torch.tensor([[0] * (width - len(row["prompt"])) + row["prompt"] for row in rows])
    seen = torch.tensor([[0] * (width - len(row["prompt"])) + [1] * len(row["prompt"]) for row in rows])
    completions = torch.tensor([row["completion"] for row in rows])
    trainer.current_gradient_accumulation_steps = 1
    trainer.model.train()
    loss = trainer._compute_loss(
        trainer.model,
        {
            "prompt_ids": prompts,
            "prompt_mask": seen,
            "completion_ids": completions,
            "completion_mask": torch.ones_like(completions),
            "advantages": torch.tensor([row["advantage"] for row in rows]),
            "old_per_token_logps": torch.tensor([row["behaviour"] for row in rows]),
            "num_items_in_batch": torch.tensor(completions.numel()),
        },
    )
    loss.backward()
    found = {name: p.grad.clone() for name, p in trainer.model.named_parameters() if p.grad is not None}
    save_file(found | {"loss": loss.detach().float()}, Path(job["gradients"]) / "gradients-trl.safetensors")
    trainer.model.zero_grad(set_to_none=True)


if __name__ == "__main__":
    main()
