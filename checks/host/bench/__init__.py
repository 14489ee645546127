"""Facts for the benchmark, collected from this machine, another one or an engine alone."""
