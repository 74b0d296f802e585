"""What an organisation gets back after the publication: its order beside the others, and what happens next."""
