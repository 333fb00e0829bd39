"""What a sweep is to run: its seeds and rules, written down before it begins; what a dry run prints."""
