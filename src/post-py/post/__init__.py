"""The post service: posts and votes."""
