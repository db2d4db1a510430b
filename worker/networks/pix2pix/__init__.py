"""The conditional GAN that paints a grey-filled photo in the palette."""
