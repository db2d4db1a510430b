"""Clothes: what there is to wear, who wears what, and putting it on."""
