"""How the sample pictures are drawn: flat layers, few inks, carved marks, as in a linocut."""
