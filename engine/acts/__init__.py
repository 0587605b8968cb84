"""What may be done. Every act takes `By` first, asks `access`, leaves a record, never commits and never sends."""
