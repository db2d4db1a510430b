"""What every command of the command line shares: options, JSON, progress, exit codes, signals."""
