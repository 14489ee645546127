"""The ui service: pages for people over the post and comment services."""
