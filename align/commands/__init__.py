"""Command groups of `align`, one file each."""
