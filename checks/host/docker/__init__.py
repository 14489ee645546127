"""The Docker engine: found or started, what is ours on it, and the stacks that run there."""
