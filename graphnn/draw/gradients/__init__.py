"""Which way gradients flow: as arrows against the values, and as nodes of their own."""
