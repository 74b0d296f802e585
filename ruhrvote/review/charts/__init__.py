"""The charts of the review: one module for each kind, drawn as SVG."""
