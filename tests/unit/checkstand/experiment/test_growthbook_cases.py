"""The 57 assignment cases of GrowthBook's public SDK test file: whoever moves to us keeps their buckets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from checkstand.experiment.assign import bucket, bucket_ranges, choose_range, fnv1a_32, within

CASES: Final[dict[str, Any]] = json.loads(
    (Path(__file__).parents[3] / "data" / "experiments" / "growthbook_cases.json").read_text(encoding="utf-8")
)


def version_1(seed: str, unit: str) -> float:
    """The older hash, which the cases of namespaces are written in; it stands on the same FNV-1a."""
    return fnv1a_32(unit + seed) % 1000 / 1000


VERSIONS: Final[dict[int, Callable[[str, str], float]]] = {1: version_1, 2: bucket}


def named(kind: str, name: str) -> Any:
    return pytest.mark.parametrize("case", CASES[kind], ids=[str(case[name]) for case in CASES[kind]])


def test_the_file_has_all_57_cases() -> None:
    assert [len(CASES[kind]) for kind in ("hashes", "ranges", "choices", "namespaces")] == [15, 13, 13, 16]


@named("hashes", "unit")
def test_the_hash_is_theirs(case: dict[str, Any]) -> None:
    hashed = VERSIONS.get(case["version"])

    assert (hashed(case["seed"], case["unit"]) if hashed else None) == case["bucket"]


@named("ranges", "case")
def test_every_arm_lies_where_theirs_lies(case: dict[str, Any]) -> None:
    ranges = bucket_ranges(case["arms"], case["coverage"], case["weights"])

    assert len(ranges) == len(case["ranges"])
    assert [edge for each in ranges for edge in each] == pytest.approx(
        [edge for each in case["ranges"] for edge in each], abs=1e-9
    )


@named("choices", "case")
def test_a_position_gets_their_arm(case: dict[str, Any]) -> None:
    assert choose_range(case["position"], case["ranges"]) == case["arm"]


@named("namespaces", "case")
def test_a_part_of_a_layer_holds_the_same_units(case: dict[str, Any]) -> None:
    position = version_1(f"__{case['namespace']}", case["unit"])

    assert within(position, case["range"]) is case["inside"]
