"""Official figures: one file a source, each reading answers into readings, and the round that asks them."""
