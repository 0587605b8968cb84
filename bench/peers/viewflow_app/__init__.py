"""The flow that django-viewflow runs, in an application of its own as Django wants it."""
