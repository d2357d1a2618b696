"""Discrete Fourier transforms."""

from jaxnumpy.table import complex_, real, use

X, Z = real(4, 5), complex_(4, 5)

for name in ("fft", "ifft", "rfft", "ihfft"):
    for norm in ("backward", "ortho", "forward"):
        for n in (None, 3, 4, 8):
            use(
                f"fft.{name}, n={n}, {norm}",
                lambda xp, x, f=name, n=n, m=norm: getattr(xp.fft, f)(x, n, -1, m),
                X,
            )

for name in ("fft", "ifft", "irfft", "hfft"):
    for norm in ("backward", "ortho", "forward"):
        for n in (None, 3, 4, 8):
            use(
                f"fft.{name} of complex, n={n}, {norm}",
                lambda xp, x, f=name, n=n, m=norm: getattr(xp.fft, f)(x, n, 0, m),
                Z,
            )

for name, x in {
    "fft2": X,
    "ifft2": Z,
    "rfft2": X,
    "irfft2": Z,
    "fftn": Z,
    "ifftn": X,
    "rfftn": X,
    "irfftn": Z,
}.items():
    for s, axes in ((None, (0, 1)), ((3, 8), (1, 0)), ((4, 4), (0, 1)), ((6,), (0,))):
        if name.endswith("2") and len(axes) != 2:
            continue  # JAX wants two
        use(
            f"fft.{name}, s={s}, axes={axes}",
            lambda xp, x, f=name, s=s, a=axes: getattr(xp.fft, f)(x, s, a, "ortho"),
            x,
        )

use("fft.fftshift", lambda xp, x: xp.fft.fftshift(x, 1), X)
use("fft.ifftshift", lambda xp, x: xp.fft.ifftshift(x), Z)
