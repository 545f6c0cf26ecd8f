"""Previews: what makes them, in processes of its own (`work.py`), and what keeps them (`previewer.py`)."""
