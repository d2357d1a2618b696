"""The longer workloads in plain NumPy, a file each."""
