"""Products, factorisations, norms."""

import numpy as np
from jaxnumpy.table import complex_, positive, real, use, uses

uses(
    "products",
    [
        lambda xp, a, b: xp.dot(a, b),
        lambda xp, a, b: xp.dot(a[0], b[0, :, 0]),
        lambda xp, a, b: xp.dot(b, a[0, 0]),
        lambda xp, a, b: xp.inner(a, xp.moveaxis(b, 1, 2)),
        lambda xp, a, b: xp.matmul(a, b[0]),
        lambda xp, a, b: xp.matmul(a[0], b),
        lambda xp, a, b: xp.outer(a, b[0]),
        lambda xp, a, b: xp.linalg.outer(a[0], b[0, 0]),
        lambda xp, a, b: xp.kron(a, b),
        lambda xp, a, b: xp.kron(a[0], b[0]),
        lambda xp, a, b: xp.tensordot(a, b, (1, 1)),
        lambda xp, a, b: xp.tensordot(a, b, ([1], [-2])),
        lambda xp, a, b: xp.tensordot(a, b, 0),
        lambda xp, a, b: xp.linalg.tensordot(a, b, axes=(1, 1)),
        lambda xp, a, b: xp.vecdot(a[0], xp.moveaxis(b, 1, 2)),
        lambda xp, a, b: xp.linalg.vecdot(a[0], b[0], axis=0),
        lambda xp, a, b: xp.matvec(a, b[..., 0]),
        lambda xp, a, b: xp.vecmat(a[0], b),
        lambda xp, a, b: xp.linalg.matmul(a, b[0]),
        lambda xp, a, b: xp.vdot(a[0], b[0, :, 0]),
        lambda xp, a, b: xp.cross(a, a[::-1] + b[0, :, 0]),
        lambda xp, a, b: (
            xp.cross(a.T, b[0], axisa=0, axisb=0)
            if b.shape[2] == 2
            else xp.cross(a.T, b[0], axisa=0, axisb=0, axisc=0)
        ),
        lambda xp, a, b: xp.linalg.cross(a, b[0].T),
        lambda xp, a, b: xp.linalg.multi_dot([a, b[0], a, b[1]]),
        lambda xp, a, b: xp.linalg.matrix_power(a @ b[0], 3),
    ],
    real(2, 3),
    real(2, 3, 2, seed=1),
)
uses(
    "products, complex",
    [
        lambda xp, a, b: xp.dot(a, b),
        lambda xp, a, b: xp.inner(a, b.T),
        lambda xp, a, b: xp.outer(a, b),
        lambda xp, a, b: a @ b,
        lambda xp, a, b: xp.kron(a, b),
        lambda xp, a, b: xp.vdot(a, b),
        lambda xp, a, b: xp.vecdot(a, b.T),
        lambda xp, a, b: xp.matvec(a, b[:, 0]),
        lambda xp, a, b: xp.vecmat(a[0], b),
        lambda xp, a, b: xp.tensordot(a, b, 1),
        lambda xp, a, b: xp.einsum("ij,jk->k", a, b),
        lambda xp, a, b: xp.cross(a, b.T),
    ],
    complex_(2, 3),
    complex_(3, 2, seed=1),
)
uses(
    "complex times real",
    [
        lambda xp, a, b: a @ b,
        lambda xp, a, b: b.T @ a.T,
        lambda xp, a, b: xp.dot(b, a),
        lambda xp, a, b: xp.einsum("ij,jk", a, b),
        lambda xp, a, b: xp.tensordot(b, a, 1),
        lambda xp, a, b: xp.vdot(a, b.T),
    ],
    complex_(2, 3),
    real(3, 2, seed=1),
)
uses(
    "einsum",
    [
        lambda xp, a, b: xp.einsum("ii", a),
        lambda xp, a, b: xp.einsum("ii->i", a),
        lambda xp, a, b: xp.einsum("ij->", a),
        lambda xp, a, b: xp.einsum("ij,jkl", a, b),
        lambda xp, a, b: xp.einsum("ij,jkl->lki", a, b),
        lambda xp, a, b: xp.einsum("...j,j...->...", a, b[:, :, 0]),
        lambda xp, a, b: xp.einsum("ij,...jk->...ik", a, b),
        lambda xp, a, b: xp.einsum("ij,jk,kl->il", a, a, a),
        lambda xp, a, b: xp.einsum("ij,ij,jkl->k", a, a, b, optimize=True),
        lambda xp, a, b: xp.einsum("ijj->i", b),
        lambda xp, a, b: xp.einsum(a, [0, 1], b, [1, 2, 3], [3, 0]),
        lambda xp, a, b: xp.einsum("i,j->ij", a[0], b[0, 0]),
        lambda xp, a, b: xp.einsum("ij,kl->k", a, a),
    ],
    real(3, 3),
    real(3, 3, 3, seed=1),
)
uses(
    "convolutions",
    [
        lambda xp, a, v: xp.convolve(a, v),
        lambda xp, a, v: xp.convolve(a, v, "same"),
        lambda xp, a, v: xp.convolve(v, a, "valid"),
        lambda xp, a, v: xp.correlate(a, v, "full"),
        lambda xp, a, v: xp.correlate(a, v, "same"),
        lambda xp, a, v: xp.correlate(a, v),
    ],
    real(6),
    real(3, seed=1),
)
use("convolve, complex", lambda xp, a, v: xp.convolve(a, v), complex_(5), complex_(3))
use("correlate, complex", lambda xp, a, v: xp.correlate(a, v), complex_(5), complex_(3))

uses(
    "norms",
    [
        lambda xp, x: xp.linalg.norm(x),
        lambda xp, x: xp.linalg.norm(x, axis=1),
        lambda xp, x: xp.linalg.norm(x, 1),
        lambda xp, x: xp.linalg.norm(x, np.inf, keepdims=True),
        lambda xp, x: xp.linalg.norm(x, 3, axis=0),
        lambda xp, x: xp.linalg.norm(x, -np.inf, axis=1),
        lambda xp, x: xp.linalg.norm(x, "nuc"),
        lambda xp, x: xp.linalg.norm(x, 2),
        lambda xp, x: xp.linalg.norm(x, -2),
        lambda xp, x: xp.linalg.vector_norm(x, ord=2.5, axis=1),
        lambda xp, x: xp.linalg.matrix_norm(x, ord=-1),
        lambda xp, x: xp.linalg.cond(x),
    ],
    real(3, 4),
)
uses(
    "norms, complex",
    [
        lambda xp, x: xp.linalg.norm(x),
        lambda xp, x: xp.linalg.norm(x, 1, axis=1),
        lambda xp, x: xp.linalg.norm(x, 3, axis=1),
        lambda xp, x: xp.linalg.norm(x, np.inf, axis=0),
        lambda xp, x: xp.linalg.norm(x, "nuc"),
    ],
    complex_(3, 2),
)

WELL = np.array([[3.0, 0.4, -0.2], [0.1, 2.0, 0.5], [-0.3, 0.2, 1.0]])
WELL_C = WELL + 0.3j * WELL[::-1]


def hermitian(xp, a):
    """Make a matrix Hermitian and positive definite."""
    return a @ xp.conj(xp.matrix_transpose(a)) + 3 * np.eye(3)


uses(
    "matrices",
    [
        lambda xp, a: xp.linalg.inv(a),
        lambda xp, a: xp.linalg.det(a),
        lambda xp, a: xp.linalg.slogdet(a),
        lambda xp, a: xp.linalg.slogdet(a).logabsdet,
        lambda xp, a: xp.linalg.solve(a, a @ a),
        lambda xp, a: xp.linalg.solve(a, a[0]),
        lambda xp, a: xp.linalg.pinv(a),
        lambda xp, a: xp.linalg.pinv(a[:, :2]),
        lambda xp, a: xp.linalg.cholesky(hermitian(xp, a)),
        lambda xp, a: xp.linalg.cholesky(hermitian(xp, a), upper=True),
        lambda xp, a: xp.linalg.eigvalsh(hermitian(xp, a)),
        lambda xp, a: xp.linalg.eigh(hermitian(xp, a))[0],
        lambda xp, a: xp.abs(xp.linalg.eigh(hermitian(xp, a))[1]),
        lambda xp, a: xp.abs(xp.linalg.eigh(hermitian(xp, a), "U").eigenvectors),
        lambda xp, a: xp.linalg.svd(a, compute_uv=False),
        lambda xp, a: xp.linalg.svdvals(a),
        lambda xp, a: xp.abs(xp.linalg.svd(a, full_matrices=False)[0]),
        lambda xp, a: xp.abs(xp.linalg.svd(a[:2], full_matrices=False).Vh),
        lambda xp, a: [xp.abs(f) for f in xp.linalg.qr(a)],
        lambda xp, a: [xp.abs(f) for f in xp.linalg.qr(a[:, :2])],
        lambda xp, a: xp.linalg.matrix_power(a, -2),
        lambda xp, a: xp.linalg.cond(a),
        lambda xp, a: xp.linalg.cond(a, 1),
        lambda xp, a: xp.linalg.tensorinv(a.reshape(3, 3), 1),
        lambda xp, a: xp.linalg.tensorsolve(a.reshape(3, 3), a[0]),
    ],
    WELL,
    rtol=1e-8,
)
uses(
    "matrices, complex",
    [
        lambda xp, a: xp.linalg.inv(a),
        lambda xp, a: xp.linalg.det(a),
        lambda xp, a: xp.linalg.slogdet(a),
        lambda xp, a: xp.linalg.solve(a, a @ a),
        lambda xp, a: xp.linalg.pinv(a[:, :2]),
        lambda xp, a: xp.linalg.cholesky(hermitian(xp, a)),
        lambda xp, a: xp.linalg.eigh(hermitian(xp, a))[0],
        lambda xp, a: xp.abs(xp.linalg.eigh(hermitian(xp, a))[1]),
        lambda xp, a: xp.linalg.svd(a, compute_uv=False),
        lambda xp, a: xp.abs(xp.linalg.svd(a, full_matrices=False)[0]),
    ],
    WELL_C,
    rtol=1e-8,
)
use(
    "eigvals",
    lambda xp, a: xp.linalg.eigvals(a),
    np.array([[0.5, 1, 0], [-1.2, 0.3, 0.1], [0.2, 0, 1]]),
    first_only="JAX has no second derivative",
)
use("linalg.norm of a vector", lambda xp, x: xp.linalg.norm(x, 0.5), positive(4))
