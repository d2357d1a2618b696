"""Operations of PyTorch that are not compared, and why.

Each pattern must fit an operation that has no counterpart, so that the list stays true.
"""

from fnmatch import fnmatchcase

NETWORKS = "a layer, activation or loss of networks: NumPy has no such function"
SPECIAL = "a special function: SciPy has it, NumPy has not"
RANDOM = "random numbers"
MAKES = "makes an array of no other: there is nothing to differentiate"
INSIDE = "a part of PyTorch's own machinery"
IN_PLACE = "writes into an array: no operation on nodes may"
MASKED = "a reduction under a mask of PyTorch's own kind"
NONE = "NumPy has no such function"
LAPACK = "a factorisation or solver that NumPy has not"
INTEGERS = "of integers only"

REASONS = {
    "nn.functional.*": NETWORKS,
    "softmax/with_dtype": "casts first: NumPy's astype is compared by itself",
    "log_softmax/with_dtype": "casts first: NumPy's astype is compared by itself",
    "_softmax_backward_data": INSIDE,
    "native_*": NETWORKS,
    "_native_*": NETWORKS,
    "_batch_norm_with_update": NETWORKS,
    "_upsample_bilinear2d_aa": NETWORKS,
    "max_pool2d_with_indices_backward": NETWORKS,
    "grid_sampler_*": NETWORKS,
    "renorm": NETWORKS,
    "torch._scaled_mm*": INSIDE,
    "torch.ops.*": INSIDE,
    "bmm/triton_optimized": INSIDE,
    "_chunk_cat": INSIDE,
    "_segment_reduce/*": INSIDE,
    "_unsafe_masked_index*": INSIDE,
    "hash_tensor": INSIDE,
    "jiterator_*": INSIDE,
    "sparse.*": "sparse arrays",
    "to_sparse": "sparse arrays",
    "histogramdd": "graphnn has no operation for it: it counts",
    "special.*": SPECIAL,
    "digamma": SPECIAL,
    "erf*": SPECIAL,
    "igamma*": SPECIAL,
    "lgamma": SPECIAL,
    "mvlgamma/*": SPECIAL,
    "polygamma/*": SPECIAL,
    "masked.*": MASKED,
    "bernoulli": RANDOM,
    "cauchy": RANDOM,
    "exponential": RANDOM,
    "geometric": RANDOM,
    "log_normal": RANDOM,
    "multinomial": RANDOM,
    "normal*": RANDOM,
    "rand*": RANDOM,
    "uniform": RANDOM,
    "pca_lowrank": RANDOM,
    "svd_lowrank": RANDOM,
    "arange": MAKES,
    "empty*": MAKES,
    "eye": MAKES,
    "full": MAKES,
    "linspace": MAKES,
    "logspace*": MAKES,
    "new_*": MAKES,
    "ones": MAKES,
    "scalar_tensor": MAKES,
    "signal.windows.*": MAKES,
    "tri?_indices": MAKES,
    "zeros": MAKES,
    "as_strided*": IN_PLACE,
    "fill": IN_PLACE,
    "index_add": IN_PLACE,
    "index_copy": IN_PLACE,
    "index_fill": IN_PLACE,
    "index_put": IN_PLACE,
    "index_reduce/*": IN_PLACE,
    "masked_scatter": IN_PLACE,
    "put": IN_PLACE,
    "resize_*": IN_PLACE,
    "scatter*": IN_PLACE,
    "*_scatter": IN_PLACE,
    "zero_": IN_PLACE,
    "bitwise_*": INTEGERS,
    "__rand__": INTEGERS,
    "__ror__": INTEGERS,
    "__rxor__": INTEGERS,
    "bincount": INTEGERS,
    "gcd": INTEGERS,
    "lcm": INTEGERS,
    "unravel_index": INTEGERS,
    "bfloat16": "NumPy has no such dtype",
    "chalf": "NumPy has no such dtype",
    "broadcast_shapes": "of shapes only",
    "item": "a Python number has no gradient",
    "cumulative_trapezoid": "SciPy has it, NumPy has not",
    "fft.*2": NONE,
    "fft.*n": NONE,
    "diag_embed": NONE,
    "istft": NONE,
    "mode": NONE,
    "nonzero_static": NONE,
    "stft": NONE,
    "unique_consecutive": NONE,
    "cholesky_inverse": LAPACK,
    "cholesky_solve": LAPACK,
    "geqrf": LAPACK,
    "linalg.householder_product": LAPACK,
    "linalg.ldl_*": LAPACK,
    "linalg.lu*": LAPACK,
    "linalg.solve_triangular": LAPACK,
    "lu*": LAPACK,
    "matrix_exp": LAPACK,
    "ormqr": LAPACK,
    "triangular_solve": LAPACK,
}


def reason_for(name):
    """Give the reason why an operation is not compared; None where there is none."""
    for pattern, reason in REASONS.items():
        if fnmatchcase(name, pattern):
            return reason
    return None
