"""One module per format: what a run found, as text for people or for programs."""
