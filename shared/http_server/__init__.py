"""What stands between an HTTP service of ours and whoever can reach it: limits, deadlines, logs."""
