"""The parts of `client.py`."""
