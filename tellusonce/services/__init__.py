"""The use cases, one a file, each with the ports it needs beside it."""
