"""A node answers as an array does, or says what to write instead."""

import copy
import pickle

import numpy as np
import pytest

import graphnn as gn

A = np.arange(6.0).reshape(2, 3)
IN_PLACE = {
    "fill": (1.0,),
    "put": (0, 1.0),
    "resize": ((3, 2),),
    "setfield": (1.0, float),
    "setflags": (False,),
    "itemset": (0, 1.0),
}


@pytest.fixture
def x():
    return gn.Input("x", value=A.copy())


@pytest.mark.parametrize("name", IN_PLACE)
def test_methods_that_change_an_array_are_refused(name, x):
    with pytest.raises(gn.UnsupportedError, match=rf"(?s)\.{name}.*in place.*Instead"):
        getattr(x, name)(*IN_PLACE[name])
    np.testing.assert_array_equal(x.value, A)


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("tolist", "x.output.tolist()"),
        ("flat", "x.ravel()"),
        ("view", "x.astype(dtype)"),
        ("strides", "x.output.strides"),
        ("flags", "x.output.flags"),
        ("tobytes", "x.output.tobytes"),
        ("data", "x.output is the value"),
        ("base", "x.output.base"),
    ],
)
def test_what_only_a_value_has(name, instead, x):
    for node in (x, np.exp(x), gn.Parameter(A), gn.Constant(2.0)):
        with pytest.raises(gn.UnsupportedAttribute) as caught:
            getattr(node, name)
        assert instead in str(caught.value)
        assert "test_arraylike.py" in str(caught.value)
        assert not hasattr(node, name)
        assert name not in dir(node)


def test_item_is_for_several_outputs(x):
    for node in (x, np.sum(x), gn.Parameter(1.0)):
        for place in ((), (0,), (0, 1)):
            with pytest.raises(gn.UnsupportedError, match=r"x\.output\.item\(\)"):
                node.item(*place)
    assert np.sum(x).output.item() == 15.0


def test_sizes_in_bytes(x):
    assert (x.itemsize, x.nbytes) == (8, 48)
    y = x.astype(np.float32)[0]
    assert (y.itemsize, y.nbytes) == (4, 12)
    assert (gn.Input("z").itemsize, gn.Input("z").nbytes) == (None, None)


def test_a_misspelt_attribute_is_no_attribute(x):
    with pytest.raises(AttributeError, match="'Input' object has no attribute 'shpae'"):
        x.shpae  # noqa: B018
    with pytest.raises(AttributeError) as caught:
        np.exp(x).outptu  # noqa: B018
    assert (caught.value.name, caught.value.obj.name) == ("outptu", "exp")
    assert not isinstance(caught.value, gn.UnsupportedError)
    assert getattr(x, "shpae", None) is None
    assert not hasattr(x, "__array_interface__")


class Broken(gn.Operation):
    """Has a property that fails."""

    @property
    def flat(self):
        return self.missing

    def _output(self):
        return self.input_


def test_a_property_that_fails_says_why(x):
    with pytest.raises(AttributeError, match="'missing'"):
        Broken()(x).flat  # noqa: B018
    with pytest.raises(AttributeError, match="'missing'"):
        Broken().flat  # noqa: B018


def test_a_hook_may_use_the_names_of_an_array(x):
    class Flat(gn.Operation):
        def __init__(self):
            self.flat = 2.0

        def _output(self):
            self.data = self.flat * self.input_
            return self.data

        def _input_grad(self, output_grad):
            return output_grad * self.flat

    y = Flat()(x)
    np.testing.assert_array_equal(y.data, 2 * A)
    assert Flat().flat == 2.0


def test_nodes_are_copied_and_pickled_all_the_same(x):
    y = np.exp(x)
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        np.testing.assert_array_equal(twin.output, y.output)
    assert copy.copy(gn.Sigmoid()).output is None


def test_the_line_is_the_users_where_numpy_calls_back(x):
    with pytest.raises(gn.UnsupportedError, match=r"test_arraylike\.py:\d+"):
        np.vectorize(np.sin)(x)
    y = np.apply_along_axis(np.sum, 0, x)
    assert y.source.file == __file__
