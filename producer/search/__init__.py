"""Finding products by filters, words and colours, a page at a time, in a narrow table."""
