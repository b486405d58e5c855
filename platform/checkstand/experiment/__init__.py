"""Experiments (实验): stable assignment to arms, and who was really exposed to them."""

from checkstand.experiment.assign import assign, bucket, choose, fnv1a_32
from checkstand.experiment.store import experiment_exposure, exposure_ops, exposures

__all__ = ["assign", "bucket", "choose", "experiment_exposure", "exposure_ops", "exposures", "fnv1a_32"]
