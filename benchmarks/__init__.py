"""What togimg costs beside other clients, measured against one server: `python -m benchmarks`."""
