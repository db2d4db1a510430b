"""What stands between the web hook and whoever can reach it: limits, deadlines, bounded logs."""
