"""The comment service: comments on posts."""
