"""Statistics of experiments: pure functions of counts and sums. docs/explanations/experiments.md has the formulas.

Nothing here reads a database, and nothing is imported by what serves shoppers: SciPy is loaded when results are read.
"""

from checkstand.experiment.stats.estimates import Adjusted, Estimate, Proportion, Quantile, Ratio, Sample, theta_of
from checkstand.experiment.stats.report import ArmData, Comparison, Report, Setup, Verdict, report_of
from checkstand.experiment.stats.sequential import Difference, compare, half_width, p_value
from checkstand.experiment.stats.significance import holm, srm_p

__all__ = [
    "Adjusted",
    "ArmData",
    "Comparison",
    "Difference",
    "Estimate",
    "Proportion",
    "Quantile",
    "Ratio",
    "Report",
    "Sample",
    "Setup",
    "Verdict",
    "compare",
    "half_width",
    "holm",
    "p_value",
    "report_of",
    "srm_p",
    "theta_of",
]
