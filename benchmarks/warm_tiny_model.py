"""The tiny model of the tests, taught by right answers until some of its own are right: a policy for short experiments.

PYTHONPATH=tests python benchmarks/warm_tiny_model.py --out /tmp/warm
python benchmarks/bench_curriculum.py train --model /tmp/warm --lr 1e-3 --out /tmp/curriculum
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import torch
import tyro
from bench_curriculum import FAMILIES
from torch.nn.functional import cross_entropy

from palestra.envs import ENVS, Message
from palestra.trainer.model.chat_tokenizer import HfChatTokenizer
from tiny_model import byte_tokenizer, tiny_model

_IGNORED = -100


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """Options."""

    out: Path = Path("runs/warm-tiny")
    """Folder of the checkpoint."""
    steps: int = 600
    batch: int = 24
    lr: float = 3e-3
    difficulty: float = 0.0
    """Of the tasks that are learned from."""


def main(arguments: Arguments) -> None:
    """Learn the oracle's answers by heart, and write the model."""
    torch.manual_seed(0)
    model, tokenizer = tiny_model(), byte_tokenizer()
    chat = HfChatTokenizer(tokenizer)
    envs = [ENVS.make(f"palestra/{name}-v1", config={"difficulty": arguments.difficulty}) for name in FAMILIES]
    optimizer = torch.optim.AdamW(model.parameters(), lr=arguments.lr)
    model.train()
    for step in range(arguments.steps):
        rows, targets = [], []
        for i in range(arguments.batch):
            env = envs[(step * arguments.batch + i) % len(envs)]
            env.reset(seed=1_000_000 + step * arguments.batch + i)
            prompt = list(chat.prompt_ids((Message(role="user", content=env.task.prompt),)))
            answer = [*tokenizer.encode(env.oracle(), add_special_tokens=False), tokenizer.eos_token_id]
            rows.append(torch.tensor([*prompt, *answer]))
            targets.append(torch.tensor([*[_IGNORED] * len(prompt), *answer]))
        ids = torch.nn.utils.rnn.pad_sequence(rows, batch_first=True, padding_value=tokenizer.pad_token_id)
        wanted = torch.nn.utils.rnn.pad_sequence(targets, batch_first=True, padding_value=_IGNORED)
        logits = model(input_ids=ids, attention_mask=ids != tokenizer.pad_token_id).logits
        loss = cross_entropy(logits[:, :-1].flatten(0, 1), wanted[:, 1:].flatten(), ignore_index=_IGNORED)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        if step % 50 == 0:
            sys.stderr.write(f"step {step} loss {loss.item():.3f}\n")
    model.save_pretrained(arguments.out)
    tokenizer.save_pretrained(arguments.out)


if __name__ == "__main__":
    main(tyro.cli(Arguments))
