"""One file a network, all of the same shape."""
