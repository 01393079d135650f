"""What the room plugs into its ports; only ops imports it."""
