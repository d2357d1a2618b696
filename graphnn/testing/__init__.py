"""Proving that gradients are right: :func:`check_gradients`, property tests.

:mod:`graphnn.testing.strategies` needs Hypothesis and is imported by itself.
"""

from graphnn.testing.gradcheck import check_gradients
from graphnn.testing.report import Finding, GradientReport, GradientRow

__all__ = ["Finding", "GradientReport", "GradientRow", "check_gradients"]
