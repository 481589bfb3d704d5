"""The conformance kit: what every back end must pass, ours or yours.

    from palestra.sandboxes.conformance import check

    def test_my_sandbox_conforms():
        assert not check(MySandbox()).broken

Three groups: the contract of `Sandbox` and `Session`, honest programs with their right results, and attacks on
what the back end's report promises. What it does not promise is not attacked. One case alone is
`case.run(sandbox, host)`; a test for each is `pytest.mark.parametrize("case", cases(), ids=str)`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from palestra.sandboxes.attacks import ATTACKS, Host, Outcome, Trial, has_tool
from palestra.sandboxes.contract import CONTRACT, Check
from palestra.sandboxes.honest import HONEST, HonestProgram, Repeat
from palestra.sandboxes.program import Program
from palestra.sandboxes.report import Property
from palestra.sandboxes.result import RunResult, Status
from palestra.sandboxes.sandbox import Sandbox


class Group(StrEnum):
    """What a case is about."""

    CONTRACT = "contract"
    HONEST = "honest"
    ATTACK = "attack"


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseResult:
    """What came of one case."""

    case: str
    outcome: Outcome
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One thing that a back end must do right."""

    name: str
    group: Group
    needs: frozenset[Property]
    """Without these promises the case does not apply."""
    test: Callable[[Sandbox, Host], tuple[Outcome, str]]

    def __str__(self) -> str:
        return f"{self.group}: {self.name}"

    def applies_to(self, sandbox: Sandbox) -> bool:
        """Whether the sandbox promises what the case needs."""
        return self.needs <= sandbox.report.isolates.keys()

    def run(self, sandbox: Sandbox, host: Host) -> CaseResult:
        """Try it; `host` holds the canaries that attacks are told about."""
        if not self.applies_to(sandbox):
            lacks = ", ".join(sorted(self.needs - sandbox.report.isolates.keys()))
            return CaseResult(case=str(self), outcome=Outcome.SKIPPED, detail=f"not promised: {lacks}")
        outcome, detail = self.test(sandbox, host)
        return CaseResult(case=str(self), outcome=outcome, detail=detail)


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What came of all cases on one back end."""

    backend: str
    results: tuple[CaseResult, ...]

    @property
    def broken(self) -> tuple[CaseResult, ...]:
        """Those that the back end did not pass."""
        return tuple(result for result in self.results if result.outcome is Outcome.BROKEN)


def cases() -> tuple[Case, ...]:
    """All cases; their texts are unique."""
    return (
        *(_of_contract(name, check_) for name, check_ in CONTRACT.items()),
        *(_of_honest(honest) for honest in HONEST),
        *(_of_attack(trial) for trial in ATTACKS),
    )


def check(sandbox: Sandbox, chosen: Iterable[Case] | None = None) -> Report:
    """Try all cases, or the chosen ones, on a sandbox: about a minute for a fast one."""
    with Host() as host:
        results = tuple(case.run(sandbox, host) for case in (cases() if chosen is None else chosen))
    return Report(backend=sandbox.report.name, results=results)


def differences(left: Sandbox, right: Sandbox, programs: Iterable[HonestProgram] = HONEST) -> tuple[str, ...]:
    """On which honest programs two back ends do not agree in status, exit code and output."""
    return tuple(
        f"{honest.name}: {ours!r:.200} and {theirs!r:.200}"
        for honest in programs
        if _applies(honest, left) and _applies(honest, right)
        for ours, theirs in [(honest.essence(_run(honest, left)), honest.essence(_run(honest, right)))]
        if ours != theirs
    )


def _of_contract(name: str, test: Check) -> Case:
    def run(sandbox: Sandbox, _: Host) -> tuple[Outcome, str]:
        fault = test(sandbox)
        return (Outcome.BROKEN, fault) if fault else (Outcome.HELD, "")

    return Case(name=name, group=Group.CONTRACT, needs=frozenset(), test=run)


def _of_honest(honest: HonestProgram) -> Case:
    def run(sandbox: Sandbox, _: Host) -> tuple[Outcome, str]:
        if not _applies(honest, sandbox):
            return Outcome.SKIPPED, f"the sandbox has no {honest.tool or honest.module or honest.level.name}"
        result = _run(honest, sandbox)
        fault = honest.fault(result) or _repeat_fault(honest, result, sandbox)
        return (Outcome.BROKEN, fault) if fault else (Outcome.HELD, "")

    return Case(name=honest.name, group=Group.HONEST, needs=frozenset(), test=run)


def _of_attack(trial: Trial) -> Case:
    def run(sandbox: Sandbox, host: Host) -> tuple[Outcome, str]:
        finding = trial.play(sandbox, host)
        return finding.outcome, finding.evidence

    return Case(name=f"{trial.proves}, {trial.name}", group=Group.ATTACK, needs=trial.needs | {trial.proves}, test=run)


def _run(honest: HonestProgram, sandbox: Sandbox) -> RunResult:
    return sandbox.run_sync(honest.program, honest.limits)


def _repeat_fault(honest: HonestProgram, first: RunResult, sandbox: Sandbox) -> str:
    if honest.repeat is None:
        return ""
    is_same = _run(honest, sandbox).stdout == first.stdout
    if is_same is (honest.repeat is Repeat.SAME):
        return ""
    return f"two runs print {'the same' if is_same else 'different things'}: {first.stdout!r:.100}"


def _applies(honest: HonestProgram, sandbox: Sandbox) -> bool:
    if sandbox.report.level < honest.level:
        return False
    if honest.tool and not has_tool(sandbox, honest.tool):
        return False
    if honest.module:
        probe = sandbox.run_sync(Program.python(f"import {honest.module}"), honest.limits)
        return probe.status is Status.OK
    return True
