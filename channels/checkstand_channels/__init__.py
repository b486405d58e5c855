"""The channels that come with Checkstand, one folder each; others join by entry point."""
