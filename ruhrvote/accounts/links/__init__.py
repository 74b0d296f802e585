"""Links by e-mail: one logs in, one confirms an address; each works once, for ten minutes, by a button on a page."""
