"""The order of jobs, in simulated time."""

from __future__ import annotations

import heapq
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from msbuild.schedule.order import (
    Schedule,
    fill_gaps,
    longest_chain,
    lower_bound,
    paths_ahead,
    simulate,
)

Needs = dict[str, set[str]]


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Needs, dict[str, float]]:
    names = [f"j{number}" for number in range(draw(st.integers(1, 14)))]
    needs: Needs = {}
    for place, name in enumerate(names):
        earlier = names[:place]
        needs[name] = draw(st.sets(st.sampled_from(earlier), max_size=4)) if earlier else set()
    order = draw(st.permutations(names))
    costs = {name: float(draw(st.integers(0, 20))) for name in names}
    return {name: needs[name] for name in order}, costs


class Simulation:
    """Runs a schedule to its end in simulated time and notes what happened when."""

    def __init__(
        self, needs: Needs, costs: dict[str, float], slots: int, bad: set[str] | None = None
    ) -> None:
        self.now = 0.0
        self.busiest = 0
        self.began: dict[str, float] = {}
        self.ended: dict[str, float] = {}
        self.skipped: list[str] = []
        self._running: list[tuple[float, str]] = []
        schedule = Schedule(needs, costs, slots)
        while not schedule.done:
            while (job := schedule.start()) is not None:
                assert job not in self.began, "started twice"
                self.began[job] = self.now
                heapq.heappush(self._running, (self.now + costs[job], job))
            self.busiest = max(self.busiest, len(self._running))
            self.now, job = heapq.heappop(self._running)
            self.ended[job] = self.now
            self.skipped += schedule.finished(job, ok=job not in (bad or ()))
        assert schedule.start() is None


@settings(deadline=None)
@given(graphs(), st.integers(1, 5))
def test_every_job_runs_once_after_its_dependencies(
    graph: tuple[Needs, dict[str, float]], slots: int
) -> None:
    needs, costs = graph
    ran = Simulation(needs, costs, slots)
    assert ran.ended.keys() == needs.keys()
    assert ran.busiest <= slots
    for job, parents in needs.items():
        assert all(ran.ended[parent] <= ran.began[job] for parent in parents)


@settings(deadline=None)
@given(graphs(), st.integers(1, 5))
def test_the_makespan_is_within_the_bound_of_list_scheduling(
    graph: tuple[Needs, dict[str, float]], slots: int
) -> None:
    needs, costs = graph
    least = max(*paths_ahead(needs, costs).values(), sum(costs.values()) / slots)
    assert Simulation(needs, costs, slots).now <= (2 - 1 / slots) * least + 1e-9


@settings(deadline=None)
@given(graphs(), st.integers(1, 5), st.data())
def test_a_failure_skips_its_descendants_and_nothing_else(
    graph: tuple[Needs, dict[str, float]], slots: int, data: st.DataObject
) -> None:
    needs, costs = graph
    bad = data.draw(st.sets(st.sampled_from(sorted(needs))))
    ran = Simulation(needs, costs, slots, bad)
    doomed: set[str] = set()
    for _ in needs:
        doomed |= {job for job, parents in needs.items() if parents & (bad | doomed)}
    assert sorted(ran.skipped) == sorted(doomed), "each once, and only those"
    assert ran.ended.keys() == needs.keys() - doomed


@settings(deadline=None)
@given(graphs(), st.integers(1, 5), st.data())
def test_jobs_never_use_more_slots_than_available(
    graph: tuple[Needs, dict[str, float]], slots: int, data: st.DataObject
) -> None:
    needs, costs = graph
    weights = {job: data.draw(st.integers(1, 7)) for job in needs}
    ran = simulate(needs, costs, slots, weights=weights)
    assert ran.ended.keys() == needs.keys()
    for moment in ran.began.values():
        during = [job for job in needs if ran.began[job] <= moment < ran.ended[job]]
        assert sum(min(weights[job], slots) for job in during) <= slots


def test_a_job_heavier_than_all_slots_runs_alone() -> None:
    needs: Needs = {"heavy": set(), "a": set(), "b": set()}
    costs = {"heavy": 5.0, "a": 2.0, "b": 1.0}
    schedule = Schedule(needs, costs, 2, {"heavy": 9})
    assert [schedule.start(), schedule.start()] == ["heavy", None]
    schedule.finished("heavy", ok=True)
    assert [schedule.start(), schedule.start()] == ["a", "b"]


def test_light_jobs_do_not_starve_a_heavy_one() -> None:
    lights: Needs = {f"light{n}": set() for n in range(50)}
    needs = {"first": set(), "heavy": set(), **lights}
    costs = {"first": 10.0, "heavy": 8.0} | {f"light{n}": 1.0 for n in range(50)}
    ran = simulate(needs, costs, 2, weights={"heavy": 2})
    assert ran.began["heavy"] == 10, "as soon as the one before it has ended"


def test_a_paused_heavy_job_releases_all_its_slots() -> None:
    needs: Needs = {"heavy": set(), "a": set(), "b": set()}
    schedule = Schedule(needs, {"heavy": 5, "a": 2, "b": 1}, 2, {"heavy": 2})
    assert schedule.start() == "heavy"
    schedule.pause("heavy")
    assert [schedule.start(), schedule.start()] == ["a", "b"]
    schedule.again("heavy")
    schedule.finished("a", ok=True)
    assert schedule.start() is None, "one slot is not enough"
    schedule.finished("b", ok=True)
    assert schedule.start() == "heavy"
    schedule.finished("heavy", ok=True)
    assert schedule.done


def test_the_longest_path_goes_first() -> None:
    needs: Needs = {"short": set(), "deps": set(), "long": {"deps"}}
    schedule = Schedule(needs, {"short": 5, "deps": 1, "long": 10}, slots=1)
    assert schedule.start() == "deps"


def test_equal_jobs_keep_the_order_of_the_plan() -> None:
    schedule = Schedule({"b": set(), "a": set(), "c": set()}, dict.fromkeys("abc", 1.0), slots=3)
    assert [schedule.start() for _ in range(4)] == ["b", "a", "c", None]


def test_a_paused_job_releases_its_slot() -> None:
    schedule = Schedule({"a": set(), "b": set()}, {"a": 2, "b": 1}, slots=1)
    assert schedule.start() == "a"
    schedule.pause("a")
    assert schedule.start() == "b"
    schedule.again("a")
    assert schedule.start() is None, "b has the slot"
    schedule.finished("b", ok=True)
    assert schedule.start() == "a"
    schedule.finished("a", ok=True)
    assert schedule.done


def test_skipping_the_rest_spares_running_and_paused_jobs() -> None:
    needs: Needs = {name: set() for name in "abcd"}
    schedule = Schedule(needs, {"a": 4, "b": 3, "c": 2, "d": 1}, slots=2)
    schedule.start()
    schedule.start()
    schedule.pause("b")
    assert schedule.give_up() == ("c", "d")
    assert schedule.start() is None
    schedule.finished("b", ok=False)
    schedule.finished("a", ok=True)
    assert schedule.done


def test_an_empty_schedule_is_done() -> None:
    schedule = Schedule({}, {}, slots=1)
    assert schedule.done
    assert schedule.start() is None


@pytest.mark.parametrize(
    ("needs", "slots", "message"),
    [
        ({"a": {"gone"}}, 1, r"`a` needs \['gone'\], which does not exist"),
        ({"a": {"b"}, "b": {"a"}}, 1, "cycle"),
        ({"a": set()}, 0, "at least one slot"),
    ],
)
def test_invalid_schedules_are_rejected(needs: Needs, slots: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Schedule(needs, dict.fromkeys(needs, 1.0), slots)


def test_unknown_costs_are_the_median_of_the_known() -> None:
    assert fill_gaps({"a": 1, "b": None, "c": 5, "d": 30}) == {"a": 1, "b": 5, "c": 5, "d": 30}
    assert fill_gaps({"a": None}) == {"a": 1}


@given(graphs())
def test_the_longest_chain_is_a_chain_and_none_is_longer(
    graph: tuple[Needs, dict[str, float]],
) -> None:
    needs, costs = graph
    chain = longest_chain(needs, costs)
    assert all(before in needs[job] for before, job in pairwise(chain))
    assert sum(costs[job] for job in chain) == max(paths_ahead(needs, costs).values())


def test_the_first_by_name_of_equally_long_chains_is_chosen() -> None:
    needs: Needs = {"b": set(), "a": set(), "z": {"a", "b"}}
    assert longest_chain(needs, dict.fromkeys(needs, 1.0)) == ("a", "z")
    assert longest_chain({}, {}) == ()


NEEDS: dict[str, set[str]] = {"deps": set(), "a": {"deps"}, "b": {"deps"}, "other": set()}
SECONDS = {"deps": 10.0, "a": 5.0, "b": 4.0, "other": 12.0}


def test_two_slots_run_two_jobs_at_once() -> None:
    ran = simulate(NEEDS, SECONDS, 2)
    assert ran.began == {"deps": 0, "other": 0, "a": 10, "b": 12}
    assert ran.ended == {"deps": 10, "other": 12, "a": 15, "b": 16}
    assert ran.makespan == 16


def test_one_slot_takes_the_sum_of_all_jobs() -> None:
    assert simulate(NEEDS, SECONDS, 1).makespan == 31


def test_estimates_decide_the_order_and_durations_the_time() -> None:
    needs: dict[str, set[str]] = {"short": set(), "long": set()}
    ran = simulate(needs, {"short": 1.0, "long": 9.0}, 1, estimates={"short": 9.0, "long": 1.0})
    assert ran.ended == {"short": 1, "long": 10}


@pytest.mark.parametrize(
    ("slots", "weights", "seconds"),
    [(1, {}, 31), (2, {}, 15.5), (3, {}, 15), (3, {"other": 2}, 15), (2, {"other": 9}, 21.5)],
)
def test_no_order_is_faster_than_the_lower_bound(
    slots: int, weights: dict[str, int], seconds: float
) -> None:
    assert lower_bound(NEEDS, SECONDS, slots, weights) == seconds
    assert simulate(NEEDS, SECONDS, slots, weights=weights).makespan >= seconds


def test_an_empty_run_takes_no_time() -> None:
    assert simulate({}, {}, 3).makespan == 0
    assert lower_bound({}, {}, 3) == 0
