"""What could happen: scenario records, the packaged library, and sampling to arrays of capacity paths."""
