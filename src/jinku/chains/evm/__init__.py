"""The EVM family: facts, fees, nonces, plans, broadcast, watch and finality over Ethereum's JSON-RPC."""
