"""The faults, a file for each thing that breaks. Each function is a scenario."""
