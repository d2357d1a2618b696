"""The longer workloads in NumPy over buffers, a file each."""
