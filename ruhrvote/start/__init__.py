"""The start page: for visitors what RuhrVote is, for each role what to do next."""
