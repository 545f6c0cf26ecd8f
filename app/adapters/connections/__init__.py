"""Connections of clients: HTTP/1.1 as uvicorn speaks it by httptools, with what these two leave to us."""
