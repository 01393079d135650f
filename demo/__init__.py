"""The main job of jinku on real input, told in six acts: `make demo`."""
