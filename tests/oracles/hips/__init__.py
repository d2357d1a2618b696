"""HIPS autograd's own tests, run on graphnn through an adapter."""
