"""Pure: tables and charts as one HTML file that needs nothing from elsewhere."""
