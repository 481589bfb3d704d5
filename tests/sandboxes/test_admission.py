import asyncio
import threading

import pytest

from palestra.sandboxes.admission import Admission, num_cores


def test_there_are_as_many_slots_as_cores() -> None:
    assert Admission().slots == num_cores() >= 1


def test_no_slots_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Admission(0)


def test_no_more_jobs_run_at_once_than_there_are_slots() -> None:
    admission, now, most = Admission(2), 0, 0
    lock = threading.Lock()

    def work() -> None:
        nonlocal now, most
        with admission.slot():
            with lock:
                now += 1
                most = max(most, now)
            threading.Event().wait(0.01)
            with lock:
                now -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (most, now) == (2, 0)


def test_a_cancelled_call_tells_its_job() -> None:
    admission = Admission(1)
    started, told = threading.Event(), threading.Event()

    def job(cancelled: threading.Event) -> None:
        started.set()
        if cancelled.wait(30):
            told.set()

    async def cancel() -> None:
        task = asyncio.create_task(admission.run(job))
        await asyncio.to_thread(started.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel())
    admission.close()
    assert told.is_set()


def test_calls_of_several_event_loops_are_served() -> None:
    admission = Admission(1)
    assert [asyncio.run(admission.run(lambda _, i=i: i)) for i in range(3)] == [0, 1, 2]  # type: ignore[misc]
    admission.close()
