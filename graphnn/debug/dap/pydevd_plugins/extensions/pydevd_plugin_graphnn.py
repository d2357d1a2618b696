"""Tell debugpy (and PyCharm's debugger) how to show nodes, steps and graphs.

They look for ``pydevd_plugins/extensions/pydevd_plugin_*.py`` on the path, where the
installation of graphnn puts this file. The folders have no ``__init__.py``: they add to
the debugger's own package of this name, and to other libraries' plug-ins.

The debugger reads the file in every program that it debugs; graphnn is imported only by
programs that use it.
"""

from __future__ import annotations

import sys
from typing import Any

TYPES = [
    ("graphnn.graph.node", "Node"),
    ("graphnn.graph.graph", "Graph"),
    ("graphnn.engine.steps", "Step"),
]
"""The types that are shown, and where they are, once a program has imported them."""


class GraphnnProvider:
    """What the debugger asks for the children of a value."""

    def can_provide(self, type_object: Any, type_name: str) -> bool:
        """Tell whether a type is one of graphnn's."""
        for module, name in TYPES:
            kind = getattr(sys.modules.get(module), name, None)
            if kind is not None and issubclass(type_object, kind):
                return True
        return False

    def get_contents_debug_adapter_protocol(self, value: Any, fmt: Any = None) -> Any:
        """List names, values and how to evaluate them, for debugpy."""
        from graphnn.debug.dap.children import children  # the program has graphnn

        return children(value)

    def get_dictionary(self, value: Any) -> dict[str, Any]:
        """Give names and values, for PyCharm."""
        contents = self.get_contents_debug_adapter_protocol(value)
        return {name: child for name, child, _ in contents}

    def resolve(self, value: Any, attribute: str) -> Any:
        """Give one of them."""
        return self.get_dictionary(value)[attribute]


class GraphnnText:
    """What the debugger asks for the text of a value: it prefixes the class else."""

    can_provide = GraphnnProvider.can_provide

    def get_str(self, value: Any) -> str:
        """Show a value as its repr."""
        return repr(value)


_api: Any = sys.modules.get("_pydevd_bundle.pydevd_extension_api")
if _api is not None:  # else somebody but the debugger reads this
    _api.TypeResolveProvider.register(GraphnnProvider)
    _api.StrPresentationProvider.register(GraphnnText)
