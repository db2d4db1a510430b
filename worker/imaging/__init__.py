"""Everything that needs pixels but no network: regions, colours, names, cut-outs."""
