"""What happens when a field is asked or a verb is called."""
