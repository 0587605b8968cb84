"""Extension elements of the modellers' dialects, read into our neutral words."""
