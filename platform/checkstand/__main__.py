"""`python -m checkstand` is the command line, for machines where scripts are not on the PATH."""

from checkstand.cli import main

if __name__ == "__main__":
    main()
