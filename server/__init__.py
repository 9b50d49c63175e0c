"""The program: settings, command line, REST API, and the assembly of all parts."""
