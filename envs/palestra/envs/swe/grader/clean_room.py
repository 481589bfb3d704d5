"""The judgement of a patch."""

from __future__ import annotations

from dataclasses import dataclass

from palestra.envs.swe.grader.guard import NOTES, guard_of
from palestra.envs.swe.grader.lint import odd_notes
from palestra.envs.swe.grader.status import SweStatus, SweVerdict
from palestra.envs.swe.grader.suite_text import function_name
from palestra.envs.swe.grader.test_run import RunEnding, TestRun, run_tests
from palestra.envs.swe.grader.twins import make_twins, probes_of
from palestra.envs.swe.grader.withheld import Withheld, withhold
from palestra.envs.swe.patch import Patch, apply_patch, with_changes
from palestra.envs.swe.path_rules import RefusedPatchError, Work, sort_diff
from palestra.envs.swe.task import SweTask
from palestra.envs.swe.unified_diff import PatchError
from palestra.envs.swe.views import given_files, judged_files
from palestra.sandboxes import Diff, Sandbox, Snapshot

_ENDINGS = {
    RunEnding.INFRA: SweStatus.INFRA_ERROR,
    RunEnding.TIMEOUT: SweStatus.TIMEOUT,
    RunEnding.FORGED: SweStatus.TAMPERED,
    RunEnding.CUT: SweStatus.FAILED,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bill:
    """A patch on its way through the clean room."""

    task: SweTask
    work: Work
    files: Snapshot
    """The repository with the hidden tests and the work."""
    gold: Snapshot | None
    """The same with the right patch instead of the work, where one is known."""
    probes: tuple[str, ...]
    """Some of the other tests: they run as they are beside the deciding ones, and as twins among the others."""
    notes: tuple[str, ...]

    def verdict(self, status: SweStatus, detail: str = "", *, f2p: float = 0.0, p2p: float | None = None) -> SweVerdict:
        """The judgement, with the evidence so far."""
        return SweVerdict(status=status, detail=detail, f2p=f2p, p2p=p2p, left_out=self.work.left_out, notes=self.notes)


class CleanRoom:
    """Judges patches in a sandbox that no agent has been in.

    The diff is data, sorted by path; what counts is laid onto the original repository with the original tests. The
    deciding tests run first, and the others only if some of those pass, with twins of a few among them. At last the
    deciding ones run again with their expected values withheld, and the host compares; those of which none can be
    withheld run as twins, which nothing may pass. Each run is a fresh place, with a nonce of its own and one report.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        """Judge in `sandbox`, which must show pytest and what the tests of the tasks need."""
        self._sandbox = sandbox

    async def grade(self, task: SweTask, repository: Snapshot, patch: Diff | Patch | None) -> SweVerdict:
        """The judgement of a patch.

        Args:
            task: What was asked.
            repository: Its repository as published.
            patch: What has changed since `given_files(task, repository)`: of an agent's workspace, or as text.
        """
        given = given_files(task, repository)
        try:
            diff = patch if isinstance(patch, Diff) else given.diff(apply_patch(given, patch))
            work = sort_diff(task, given, diff)
            if not work.changes:
                detail = f"only {len(work.left_out)} paths that are no part of the work" if work.left_out else ""
                return SweVerdict(status=SweStatus.NO_PATCH, detail=detail, left_out=work.left_out)
            judged = judged_files(task, repository)
            files = with_changes(judged, work.changes)
            gold = None if task.gold is None else _with_gold(task, given, judged)
        except (PatchError, RefusedPatchError) as error:
            return SweVerdict(status=SweStatus.PATCH_REJECTED, detail=str(error))
        probes = probes_of(task, files)
        notes = odd_notes(given, work.changes) + NOTES[guard_of(files, task.fail_to_pass)]
        return await self._judge(_Bill(task=task, work=work, files=files, gold=gold, probes=probes, notes=notes))

    async def _judge(self, bill: _Bill) -> SweVerdict:
        task = bill.task
        first = await self._run(bill, bill.files, (*task.fail_to_pass, *bill.probes))
        if first.ending in _ENDINGS:
            return bill.verdict(_ENDINGS[first.ending], first.detail)
        num_right = first.passed(task.fail_to_pass)
        share = num_right / len(task.fail_to_pass)
        detail = f"{num_right} of {len(task.fail_to_pass)} deciding tests pass"
        if num_right == 0:
            return bill.verdict(SweStatus.FAILED, detail)
        kept = 1.0
        if task.pass_to_pass:
            others = await self._run_others(bill)
            if others.ending in _ENDINGS:
                return bill.verdict(_ENDINGS[others.ending], others.detail, f2p=share)
            num_kept = first.passed(bill.probes) + others.passed(_without(task.pass_to_pass, bill.probes))
            kept = num_kept / len(task.pass_to_pass)
            detail += f", {num_kept} of {len(task.pass_to_pass)} others"
            if num_fooled := others.passed(bill.probes):
                return bill.verdict(SweStatus.TAMPERED, _fooled(num_fooled, bill.probes), f2p=share, p2p=kept)
        if doubt := await self._doubt(bill, first):
            return bill.verdict(*doubt, f2p=share, p2p=kept)
        status = SweStatus.FAILED if kept < 1.0 else SweStatus.RESOLVED if share == 1.0 else SweStatus.PARTIAL
        return bill.verdict(status, detail, f2p=share, p2p=kept)

    async def _run_others(self, bill: _Bill) -> TestRun:
        """What has to go on passing; the probes come last, as twins, so that they leave no traces for others."""
        files = make_twins(bill.files, bill.probes).files
        return await self._run(bill, files, (*_without(bill.task.pass_to_pass, bill.probes), *bill.probes))

    async def _doubt(self, bill: _Bill, first: TestRun) -> tuple[SweStatus, str] | None:
        """Why the passed tests are not to be believed: values are not those expected, or their twins pass too."""
        task = bill.task
        asked = (*task.fail_to_pass, *bill.probes)
        withheld = withhold(bill.files, asked)
        blind = set(withheld.functions)
        twins = make_twins(withheld.files, [name for name in task.fail_to_pass if function_name(name) not in blind])
        if not twins.ids and not blind:
            return None
        # What is withheld from a parameter is in the ids of its tests, so their functions are named.
        ids = tuple(dict.fromkeys(function_name(name) if function_name(name) in blind else name for name in asked))
        run = await self._run(bill, twins.files, ids)
        if run.ending is not RunEnding.COMPLETE:
            return _ENDINGS[run.ending], f"with other expectations: {run.detail}"
        if num_fooled := run.passed(twins.ids):
            return SweStatus.TAMPERED, _fooled(num_fooled, twins.ids)
        failed = {function_name(name) for name in asked if not first.passed([name])}
        wrong = {number for number in _wrong(withheld, run) if withheld.tests[number] not in failed}
        if not wrong:
            return None
        excused = await self._excused(bill, withheld, run, ids)
        if isinstance(excused, TestRun):
            return SweStatus.INFRA_ERROR, f"the right patch ended with {excused.ending}: {excused.detail}"
        if num_wrong := len(wrong - excused):
            return SweStatus.TAMPERED, f"{num_wrong} of {len(withheld.digests)} withheld values are not met"
        return None

    async def _excused(
        self, bill: _Bill, withheld: Withheld, run: TestRun, ids: tuple[str, ...]
    ) -> frozenset[int] | TestRun:
        """The withheld values that say nothing, as right code does not show them either; or a run that has no end."""
        if bill.gold is not None:
            right = await self._run(bill, withhold(bill.gold, (*bill.task.fail_to_pass, *bill.probes)).files, ids)
            return _wrong(withheld, right) if right.ending is RunEnding.COMPLETE else right
        # Nobody knows what right code shows: values of foreign types are excused where others are met.
        wrong = _wrong(withheld, run)
        is_met = len(wrong) < len(withheld.digests)
        return frozenset(number for number in wrong if is_met and run.seen.get(number) == frozenset({""}))

    async def _run(self, bill: _Bill, files: Snapshot, ids: tuple[str, ...]) -> TestRun:
        return await run_tests(self._sandbox, files, bill.task.test, ids=ids, limits=bill.task.limits)


def _with_gold(task: SweTask, given: Snapshot, judged: Snapshot) -> Snapshot:
    return with_changes(judged, sort_diff(task, given, given.diff(apply_patch(given, task.gold))).changes)


def _wrong(withheld: Withheld, run: TestRun) -> frozenset[int]:
    return frozenset(n for n, value in withheld.digests.items() if run.seen.get(n) != frozenset({value}))


def _without(ids: tuple[str, ...], others: tuple[str, ...]) -> tuple[str, ...]:
    left = set(others)
    return tuple(name for name in ids if name not in left)


def _fooled(num_fooled: int, ids: tuple[str, ...]) -> str:
    return f"{num_fooled} of {len(ids)} tests pass with other expectations too"
