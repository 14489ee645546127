"""Programs and packages that the others need: found where they are, else installed or made under the cache."""
