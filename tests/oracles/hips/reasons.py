"""HIPS's tests that graphnn does not pass, each with the reason.

A test that fails and is not here fails the oracle; so does one that is here and passes.
"""

ITS_OWN_WHERE = "HIPS's own np.where returns Python's numbers and lists; NumPy's arrays"

REQUIRED = {
    "test_wrappers.test_custom_where": "NumPy's np.where takes no keyword arguments",
    "test_wrappers.test_custom_where_dtypes[int-True-1-2]": ITS_OWN_WHERE,
    "test_wrappers.test_custom_where_dtypes[float-True-3.0-4.0]": ITS_OWN_WHERE,
    "test_wrappers.test_custom_where_dtypes[float-False-1-2.0]": ITS_OWN_WHERE,
    "test_wrappers.test_custom_where_dtypes[list-True-x3-y3]": ITS_OWN_WHERE,
    "test_wrappers.test_wrapped_name_and_docs": "HIPS's names and docstrings",
}

A_LIST_IS_AN_ARRAY = "graphnn takes a list of numbers for an array, as NumPy does"
NO_BRANCH = "graphnn refuses a branch on a node, which its graph could not show"
NO_GRADIENT = "graphnn refuses to start at a comparison, where HIPS gives 0"

FURTHER = {
    "test_builtins.test_isinstance": A_LIST_IS_AN_ARRAY,
    "test_core.test_eq": NO_GRADIENT,
    "test_core.test_geq": NO_GRADIENT,
    "test_core.test_gt": NO_GRADIENT,
    "test_core.test_leq": NO_GRADIENT,
    "test_core.test_lt": NO_GRADIENT,
    "test_core.test_neq": NO_GRADIENT,
    "test_fft.test_rfftn_odd_not_implemented": "graphnn has it",
    "test_list.test_isinstance": A_LIST_IS_AN_ARRAY,
    "test_list.test_nested_list": A_LIST_IS_AN_ARRAY,
    "test_logic.test_assert": NO_BRANCH,
    "test_logic.test_falseyness": NO_BRANCH,
    "test_logic.test_unimplemented_falseyness": NO_BRANCH,
}

FILES_LEFT_OUT = {
    "misc": "HIPS's flatten and const_graph",
    "performance": "it is empty",
    "scipy": "SciPy's functions",
    "ufunc_dispatch": "it needs xarray",
    "vspaces": "HIPS's vector spaces",
}
