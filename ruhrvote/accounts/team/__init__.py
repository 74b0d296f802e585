"""Several people of one organisation: the first account invites and removes colleagues and names a signatory."""
