"""One module a command: read, compute, write. The shell that the command line calls."""
