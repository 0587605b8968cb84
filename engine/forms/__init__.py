"""Forms: what a form-js drawing asks, whether answers hold, and what to show. Pure: no database, no web, no clock."""
