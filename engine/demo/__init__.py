"""The demonstration city: Vila Serena, its people and its cases, made by running the engine through its own acts."""
