"""The public interface for programs: read-only JSON, the same figures as on the pages."""
