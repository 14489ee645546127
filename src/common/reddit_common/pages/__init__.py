"""The pages of the application, the same ones over whatever source of data."""
