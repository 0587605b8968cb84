"""The benchmark: counters that must not grow, and ratios against a floor that has no engine."""
