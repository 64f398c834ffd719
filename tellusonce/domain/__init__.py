"""What is true whatever it runs on: standard library and pydantic only; time is passed in; no I/O."""
