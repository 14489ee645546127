"""A stack as tests see it: its containers from inside and outside, and the run of pytest."""
