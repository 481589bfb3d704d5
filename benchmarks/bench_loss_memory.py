"""Peak memory and time of the head with its loss: ours against full logits, by number of tokens.

    python benchmarks/bench_loss_memory.py [--tokens 4096 16384] [--vocabulary 49152] [--width 576]

Each case runs in a process of its own; what is counted is the growth of the peak resident memory over the
inputs, less the head's gradient, which both need. The naive loss is `linear -> log_softmax -> gather`.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time

import torch

from palestra.trainer.losses import ClippedLoss
from palestra.trainer.packing.head import Head, policy_loss
from palestra.trainer.packing.policy_tokens import PolicyTokens


def main() -> None:
    """Run every case and print a line of JSON for each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokens", type=int, nargs="+", default=[4096, 16384])
    parser.add_argument("--vocabulary", type=int, default=49152)
    parser.add_argument("--width", type=int, default=576)
    parser.add_argument("--case", choices=["ours", "naive"])
    arguments = parser.parse_args()
    if arguments.case:
        print(json.dumps(_measure(arguments.case, arguments.tokens[0], arguments.vocabulary, arguments.width)))
        return
    for tokens in arguments.tokens:
        for case in ("naive", "ours"):
            command = [sys.executable, __file__, "--case", case, "--tokens", str(tokens)]
            command += ["--vocabulary", str(arguments.vocabulary), "--width", str(arguments.width)]
            print(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip(), flush=True)


def _measure(case: str, tokens: int, vocabulary: int, width: int) -> dict[str, object]:
    torch.manual_seed(0)
    weight = torch.randn(vocabulary, width).mul_(0.05).requires_grad_()
    hidden = torch.randn(tokens, width).requires_grad_()
    target = torch.randint(vocabulary, (tokens,))
    advantage = torch.randn(tokens)
    weights = torch.full((tokens,), 1.0 / tokens)
    behaviour = torch.full((tokens,), -10.0)
    base = _peak()
    started = time.perf_counter()
    if case == "ours":
        batch = PolicyTokens(
            row_M=torch.arange(tokens), target_M=target, behaviour_M=behaviour, advantage_M=advantage, weight_M=weights
        )
        loss, _ = policy_loss(Head(weight_VW=weight), hidden, batch, ClippedLoss())
    else:
        logprobs = torch.nn.functional.linear(hidden, weight).log_softmax(-1).gather(1, target[:, None])[:, 0]
        ratio = (logprobs - behaviour).exp()
        loss = (torch.maximum(-ratio * advantage, -ratio.clamp(0.8, 1.28) * advantage) * weights).sum()
    loss.backward()
    seconds = time.perf_counter() - started
    grown = _peak() - base - weight.numel() * 4
    return {
        "case": case,
        "tokens": tokens,
        "vocabulary": vocabulary,
        "width": width,
        "loss": round(float(loss.detach()), 6),
        "gradient_norm": round(float(weight.grad.norm()), 6),
        "grown_MiB": round(grown / 2**20),
        "s": round(seconds, 2),
    }


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


if __name__ == "__main__":
    main()
