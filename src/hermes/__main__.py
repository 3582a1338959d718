"""`python -m hermes` is the command `hermes`."""

from hermes.cli.app import main

if __name__ == "__main__":
    main()
