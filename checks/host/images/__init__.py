"""Images: where bases come from, building, publishing, and what is in one."""
