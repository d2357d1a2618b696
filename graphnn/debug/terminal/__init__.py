"""The debugger in the terminal, on the standard library's ``cmd``."""
