"""The engine of Rito: what is kept, drawn, run, done and seen. It knows no web framework."""
