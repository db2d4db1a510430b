"""What a training is shown: photos, drawn pictures, and ways to disturb them."""
