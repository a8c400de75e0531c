"""Pure: tables and charts as one HTML file that loads nothing else."""
