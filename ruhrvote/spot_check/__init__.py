"""The spot check after the close: organisations drawn by lot are asked by telephone whether the ballot is theirs."""
