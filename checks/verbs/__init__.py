"""One module per verb: joins host rooms and pure rooms, and nothing else."""
