"""The same check on Spark DataFrames: ``sendworthy.spark.check``.

Rules run in the executors. How the records are parted so that every rule sees what it would see on one machine is told
in ``passes``; what runs in an executor is in ``executor``.
"""

from __future__ import annotations

from sendworthy.spark.checking import check
from sendworthy.spark.report import SparkReport, SparkSplit

__all__ = ["SparkReport", "SparkSplit", "check"]
