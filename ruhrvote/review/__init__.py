"""The review: participation, charts, comparisons, reports and shortlists for the chambers; feedback for voters."""
