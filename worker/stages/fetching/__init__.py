"""What `fetch` is made of: addresses, connections, answers, files beside a feed."""
