"""The catalogue that benches generate is one that could be published."""

from __future__ import annotations

from pathlib import Path

from tests.bench.generated import documents, generated, write_files

from checkstand.channel import Registry
from checkstand.scenario import content_hash, load

ONE_OF_EACH = 14


def test_generated_files_are_valid_and_different(tmp_path: Path) -> None:
    made = write_files(tmp_path, ONE_OF_EACH * 2, units=2)
    loaded = load(made, Registry.load().method_types())

    assert [str(problem) for problem in loaded.errors] == []
    assert len({each.version for each in loaded.scenarios}) == ONE_OF_EACH * 2


def test_a_seed_makes_the_same_catalogue_again_and_another_seed_another() -> None:
    originals = documents()
    hashes = [[content_hash(each.document) for each in generated(originals, 6, 2, seed)] for seed in (1, 1, 2)]

    assert hashes[0] == hashes[1]
    assert not set(hashes[0]) & set(hashes[2])


def test_every_unit_gets_its_share_of_every_original() -> None:
    made = list(generated(documents(), ONE_OF_EACH * 3, 3, first="lantern"))

    assert {each.unit for each in made} == {"lantern", "unit-001", "unit-002"}
    kinds = [each.document["metadata"]["id"].rpartition("-")[0] for each in made if each.unit == "lantern"]
    assert len(set(kinds)) == ONE_OF_EACH
