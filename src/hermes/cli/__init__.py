"""The command line: `hermes` and its commands, one module each."""
