"""How the room reaches the network."""
