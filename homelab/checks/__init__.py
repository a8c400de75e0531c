"""What `host status` looks at, a module for each subject."""
