"""The verbs `backup …`."""
