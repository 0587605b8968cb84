"""What a drawing says: XML in, Blueprint out. Never touches the database, never runs anything."""
