"""What the journal plugs into: SQL, disk, network, the signer."""
