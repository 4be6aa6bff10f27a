"""Speed, as ratios to a peer or to the limit in the same run: ``python -m bench [NAME…]``.

Each file measures one thing and says beside what. Ours and the peer take turns, so that a busy spell of the machine
meets both; a ratio is the median of the turns, with the lowest and the highest beside it. Read the ratios, not the
figures, and treat a difference below a third as none. Nothing here fails on a slow day: a benchmark is no test.
"""
