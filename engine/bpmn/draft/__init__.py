"""Draft mode: what a drawing lacks is asked of a person, in a copy of the drawing made before anything reads it."""
