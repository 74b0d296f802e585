"""The team of an organisation: the first account invites and removes colleagues and names a signatory."""
