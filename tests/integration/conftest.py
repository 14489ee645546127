"""What the assertions share. The stack itself is the harness's fixture `stack`."""
