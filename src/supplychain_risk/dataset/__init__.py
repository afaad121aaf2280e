"""What do we know? Facts with their sources, read from YAML, checked, frozen."""
