"""Pages: one module per screen. They speak only to acts and desk, and do not know one another."""
