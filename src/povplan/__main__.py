"""Run povplan as `python -m povplan`."""

from povplan.cli import main

if __name__ == "__main__":
    main()
