from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

from palestra.trainer.losses import ClippedLoss, GspoLoss, ReinforceLoss, TokenLoss, Tokens
from palestra.trainer.objective.kl import K2, with_kl
from palestra.trainer.packing import head as head_module
from palestra.trainer.packing.head import Head, policy_loss, token_logprobs
from palestra.trainer.packing.policy_tokens import PolicyTokens

POSITIONS, TOKENS, VOCABULARY, WIDTH = 60, 90, 333, 24

HEADS = {
    "plain": {},
    "bias": {"bias": True},
    "softcap": {"softcap": 3.0},
    "scale": {"scale": 0.3},
    "all": {"bias": True, "softcap": 3.0, "scale": 0.3},
}
LOSSES: dict[str, TokenLoss] = {
    "reinforce": ReinforceLoss(),
    "of sequences": GspoLoss(clip_low=0.1, clip_high=0.1),
    "clipped": ClippedLoss(clip_low=0.1, clip_high=0.1, dual_clip=1.5),
    "kl": with_kl(ClippedLoss(), K2(coefficient=0.3)),
}


def _case(*, bias: bool = False, softcap: float | None = None, scale: float = 1.0) -> tuple[Head, Tensor, PolicyTokens]:
    torch.manual_seed(0)
    hidden = torch.randn(POSITIONS, WIDTH, requires_grad=True)
    head = Head(
        weight_VW=torch.randn(VOCABULARY, WIDTH, requires_grad=True),
        bias_V=torch.randn(VOCABULARY, requires_grad=True) if bias else None,
        softcap=softcap,
        scale=scale,
    )
    # The first position predicts many tokens, like the end of a prompt.
    row = torch.cat([torch.zeros(TOKENS - POSITIONS, dtype=torch.long), torch.arange(POSITIONS)]).sort().values
    target = torch.randint(VOCABULARY, (TOKENS,))
    logprobs = token_logprobs(head, hidden.detach(), row, target, 1.0).detach()
    tokens = PolicyTokens(
        row_M=row,
        target_M=target,
        behaviour_M=logprobs + 0.2 * torch.randn(TOKENS),
        advantage_M=torch.randn(TOKENS) * (torch.rand(TOKENS) < 0.7),
        weight_M=torch.rand(TOKENS),
        reference_M=logprobs + 0.2 * torch.randn(TOKENS),
        sequence_M=torch.randint(7, (TOKENS,)),
    )
    return head, hidden, tokens


def _by_autograd(
    head: Head,
    hidden: Tensor,
    tokens: PolicyTokens,
    loss: TokenLoss,
    temperature: float,
    entropy: float | None = None,
) -> tuple[float, list[Tensor], Tensor]:
    """Value, gradients and log-probabilities with all logits at once, in float64."""
    leaves = [x.detach().double().requires_grad_() for x in (hidden, head.weight_VW, head.bias_V) if x is not None]
    logits = leaves[0] @ leaves[1].T
    logits = logits + leaves[2] if head.bias_V is not None else logits
    logits = logits * head.scale
    logits = torch.tanh(logits / head.softcap) * head.softcap if head.softcap else logits
    logprobs = (logits / temperature).log_softmax(-1)[tokens.row_M, tokens.target_M]
    terms = loss(
        Tokens(
            logprobs_T=logprobs,
            behaviour_T=tokens.behaviour_M.double(),
            advantages_T=tokens.advantage_M.double(),
            mask_T=torch.ones(TOKENS, dtype=torch.bool),
            reference_T=None if tokens.reference_M is None else tokens.reference_M.double(),
            sequence_T=tokens.sequence_M,
        )
    )
    value = (terms.value_T * tokens.weight_M).sum()
    if entropy is not None:
        logs = (logits / temperature).log_softmax(-1)[tokens.row_M]
        value = value + entropy * ((logs.exp() * logs).sum(-1) * tokens.weight_M).sum()
    value.backward()
    return float(value.detach()), [leaf.grad for leaf in leaves if leaf.grad is not None], logprobs.detach()


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("kind", HEADS)
def test_the_closed_form_is_what_autograd_finds(
    kind: str, temperature: float, loss: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_module, "CHUNK_LOGITS", 17 * VOCABULARY)  # several chunks, the last one shorter
    head, hidden, tokens = _case(**HEADS[kind])  # type: ignore[arg-type]
    value, report = policy_loss(head, hidden, tokens, LOSSES[loss], temperature=temperature)
    (3.0 * value).backward()
    expected, gradients, logprobs = _by_autograd(head, hidden, tokens, LOSSES[loss], temperature)
    assert float(value.detach()) == pytest.approx(expected, rel=1e-5)
    torch.testing.assert_close(report.logprobs_M.double(), logprobs, atol=1e-5, rtol=1e-5)
    for leaf, gradient in zip((hidden, head.weight_VW, head.bias_V), gradients, strict=False):
        assert leaf is not None and leaf.grad is not None
        torch.testing.assert_close(leaf.grad.double(), 3.0 * gradient, atol=5e-5, rtol=1e-4)


@pytest.mark.parametrize("coefficient", [0.3, -0.2, 0.0])
@pytest.mark.parametrize("temperature", [1.0, 0.7])
@pytest.mark.parametrize("kind", HEADS)
def test_the_bonus_has_the_exact_gradient_of_the_entropy(
    kind: str, temperature: float, coefficient: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(head_module, "CHUNK_LOGITS", 17 * VOCABULARY)
    head, hidden, tokens = _case(**HEADS[kind])  # type: ignore[arg-type]
    value, report = policy_loss(head, hidden, tokens, LOSSES["clipped"], temperature=temperature, entropy=coefficient)
    value.backward()
    expected, gradients, _ = _by_autograd(head, hidden, tokens, LOSSES["clipped"], temperature, coefficient)
    assert float(value.detach()) == pytest.approx(expected, rel=1e-5)
    for leaf, gradient in zip((hidden, head.weight_VW, head.bias_V), gradients, strict=False):
        assert leaf is not None and leaf.grad is not None
        torch.testing.assert_close(leaf.grad.double(), gradient, atol=5e-5, rtol=1e-4)
    scanned = torch.empty(TOKENS)
    logprobs = token_logprobs(head, hidden.detach(), tokens.row_M, tokens.target_M, temperature, entropies_M=scanned)
    plain = torch.distributions.Categorical(logits=head.logits(hidden.detach()).detach() / temperature).entropy()
    assert report.entropies_M is not None
    torch.testing.assert_close(report.entropies_M, plain[tokens.row_M], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(scanned, report.entropies_M)
    torch.testing.assert_close(logprobs, report.logprobs_M)


def test_a_distribution_without_entropy_has_a_finite_gradient() -> None:
    head, hidden, tokens = _case()
    sure = replace(head, scale=1e4)  # all of the probability on one token
    value, report = policy_loss(sure, hidden, tokens, ReinforceLoss(), entropy=1.0)
    value.backward()
    assert report.entropies_M is not None and float(report.entropies_M.abs().max()) < 1e-3
    assert hidden.grad is not None and hidden.grad.isfinite().all()


def test_the_number_of_chunks_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for chunk in (16, 23, 1000):
        monkeypatch.setattr(head_module, "CHUNK_LOGITS", chunk * VOCABULARY)
        head, hidden, tokens = _case(softcap=3.0)
        value, _ = policy_loss(head, hidden, tokens, ClippedLoss())
        value.backward()
        found.append((float(value.detach()), hidden.grad, head.weight_VW.grad))
    for other in found[1:]:
        torch.testing.assert_close(other, found[0])


class _Largest(TorchDispatchMode):
    """Remembers the most elements that any result of an operation had."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.numel = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
        out = func(*args, **(kwargs or {}))
        for tensor in out if isinstance(out, tuple | list) else (out,):
            if isinstance(tensor, Tensor):
                self.numel = max(self.numel, tensor.numel())
        return out


@pytest.mark.parametrize("kind", HEADS)
def test_the_logits_of_all_tokens_never_exist(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_module, "CHUNK_LOGITS", 16 * VOCABULARY)
    head, hidden, tokens = _case(**HEADS[kind])  # type: ignore[arg-type]
    with _Largest() as seen:
        value, _ = policy_loss(head, hidden, tokens, ClippedLoss(), temperature=0.9)
        value.backward()
        token_logprobs(head, hidden.detach(), tokens.row_M, tokens.target_M, 0.9)
    assert max(16 * VOCABULARY, VOCABULARY * WIDTH) == seen.numel < POSITIONS * VOCABULARY


def test_the_largest_tensor_does_not_grow_with_the_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(head_module, "CHUNK_LOGITS", 16 * VOCABULARY)
    head, hidden, tokens = _case()
    many = hidden.detach().repeat(20, 1).requires_grad_()
    row = torch.cat([tokens.row_M + POSITIONS * i for i in range(20)])
    columns = {
        name: getattr(tokens, name).repeat(20) for name in ("target_M", "behaviour_M", "advantage_M", "weight_M")
    }
    with _Largest() as seen:
        policy_loss(head, many, PolicyTokens(row_M=row, **columns), ClippedLoss())[0].backward()
    assert seen.numel == many.numel(), "hidden states and their gradient, and nothing larger"


def test_tokens_without_a_derivative_have_a_gradient_of_exactly_zero() -> None:
    head, hidden, tokens = _case()
    silent = replace(tokens, advantage_M=torch.where(tokens.row_M < 30, 0.0, tokens.advantage_M))
    policy_loss(head, hidden, silent, ReinforceLoss())[0].backward()
    assert hidden.grad is not None
    assert not hidden.grad[:30].any() and hidden.grad[30:].any()


def test_parameters_that_are_not_trained_get_no_gradient() -> None:
    head, hidden, tokens = _case(bias=True)
    frozen = replace(
        head, weight_VW=head.weight_VW.detach(), bias_V=None if head.bias_V is None else head.bias_V.detach()
    )
    policy_loss(frozen, hidden, tokens, ReinforceLoss())[0].backward()
    assert hidden.grad is not None and head.weight_VW.grad is None


def test_in_bf16_products_are_rounded_and_the_rest_is_not() -> None:
    head, hidden, tokens = _case()
    half = replace(head, dtype=torch.bfloat16)
    value, report = policy_loss(half, hidden, tokens, ReinforceLoss())
    value.backward()
    exact = token_logprobs(head, hidden.detach(), tokens.row_M, tokens.target_M, 1.0)
    assert 0.0 < float((report.logprobs_M - exact).abs().mean()) < 0.05
    assert report.logprobs_M.dtype == torch.float32 and hidden.grad is not None
    expected = _by_autograd(head, hidden, tokens, ReinforceLoss(), 1.0)[1][0]
    similarity = torch.nn.functional.cosine_similarity(hidden.grad.double().flatten(), expected.flatten(), dim=0)
    assert float(similarity) > 0.999


def test_one_position_may_predict_all_tokens() -> None:
    head, hidden, tokens = _case()
    alone = replace(tokens, row_M=torch.zeros_like(tokens.row_M))
    _, report = policy_loss(head, hidden[:1], alone, ReinforceLoss())
    expected = head.logits(hidden[:1]).log_softmax(-1)[0, tokens.target_M].detach()
    torch.testing.assert_close(report.logprobs_M, expected, atol=1e-4, rtol=1e-4)
