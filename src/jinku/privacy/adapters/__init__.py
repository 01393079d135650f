"""The tables and files of the privacy room."""
