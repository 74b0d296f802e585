"""The chambers' workspace: participation, priorities in pictures, comparisons and doubts."""
