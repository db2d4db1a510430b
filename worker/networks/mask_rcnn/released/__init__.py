"""The released COCO network: what differs from the compact one, layer names included."""
