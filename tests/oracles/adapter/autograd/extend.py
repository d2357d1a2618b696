"""What defines a primitive."""

from autograd.core import defvjp, primitive

__all__ = ["defvjp", "primitive"]
