"""Personal data: showing them to the person, erasing a person, and deleting data after their retention period."""
