"""The same training steps in several libraries, measured side by side."""
