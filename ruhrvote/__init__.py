"""RuhrVote: chambers, municipalities and firms rank and discuss the ideas of their region."""
