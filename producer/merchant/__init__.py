"""Google Merchant Center: its rules for colours, and feeds read and checked by them."""
