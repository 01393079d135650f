"""The main job of jinku on real input, told in five acts: `make demo`."""
