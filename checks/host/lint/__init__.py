"""Linters: where they are, their jobs, what is known of earlier runs, and the programs that some run in."""
