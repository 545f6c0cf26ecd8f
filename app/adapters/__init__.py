"""What the server stands on: Postgres, files, the terminal."""
