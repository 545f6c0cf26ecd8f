"""How each foreign API says what the domain is."""
