"""What the server is: tables, facts, and the functions that read and change them. No HTTP below here."""
