"""Word from another thread reaches those who wait in a loop."""

import asyncio
import threading

import pytest

from cellmark_runtime.service.recording.bell import Bell


def told(waiters, outcomes):
    """In another thread."""

    def tell():
        for waiter, outcome in zip(waiters, outcomes, strict=True):
            if isinstance(outcome, Exception):
                waiter.set_exception(outcome)
            else:
                waiter.set_result(outcome)

    thread = threading.Thread(target=tell)
    thread.start()
    return thread


def test_each_hears_what_is_meant_for_it_and_the_loop_is_woken_once_for_many():
    async def wait():
        loop = asyncio.get_running_loop()
        woken = []
        ring, loop.call_soon_threadsafe = loop.call_soon_threadsafe, lambda f: woken.append(f)
        bell = Bell(loop)
        waiters = [bell.waiter() for _ in range(100)]
        outcomes = [number % 2 == 0 for number in range(100)]
        told(waiters, outcomes).join()
        assert len(woken) == 1
        ring(woken[0])
        assert await asyncio.gather(*(each.future for each in waiters)) == outcomes
        told([late := bell.waiter()], [True]).join()
        ring(woken[1])
        assert await late.future

    asyncio.run(wait())


def test_a_failure_is_raised_where_it_is_waited_for():
    async def wait():
        waiter = Bell(asyncio.get_running_loop()).waiter()
        told([waiter], [ValueError("full")])
        await waiter.future

    with pytest.raises(ValueError, match="full"):
        asyncio.run(wait())


def test_who_went_away_is_passed_over():
    async def wait():
        bell = Bell(asyncio.get_running_loop())
        gone, here = bell.waiter(), bell.waiter()
        gone.future.cancel()
        told([gone, here], [True, True])
        return await here.future

    assert asyncio.run(wait())


def test_a_loop_that_has_ended_needs_to_hear_nothing():
    async def wait():
        return Bell(asyncio.get_running_loop()).waiter()

    waiter = asyncio.run(wait())
    waiter.set_result(True)
    assert not waiter.future.done()
