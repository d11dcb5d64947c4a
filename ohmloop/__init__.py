"""The face: command line and reports."""
