"""From a scene to a file or a notebook: layout programs, formats, paths."""
