"""Experiments (实验): stable assignment to arms, who was really exposed to them, and what came of it."""

from checkstand.experiment.assign import Arm, assign, assign_arms, bucket, choose, fnv1a_32, in_force
from checkstand.experiment.store import experiment_exposure, exposure_ops, first_exposure

__all__ = [
    "Arm",
    "assign",
    "assign_arms",
    "bucket",
    "choose",
    "experiment_exposure",
    "exposure_ops",
    "first_exposure",
    "fnv1a_32",
    "in_force",
]
