"""Small data sets that come with the package."""

from graphnn.data.digits import digits

__all__ = ["digits"]
