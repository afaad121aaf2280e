"""Numbers only: arrays in, arrays out. No names, files, frames or money."""
