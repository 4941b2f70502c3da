"""What the desk tells the engines; each module has `register()`."""
