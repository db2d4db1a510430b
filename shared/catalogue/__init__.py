"""What a product's answer is, which piece is for sale, and words in other languages."""
