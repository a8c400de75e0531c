"""What a verb is: its description, its arguments, and how words find it. It loads no verb."""
