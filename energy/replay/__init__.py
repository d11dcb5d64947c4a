"""Values of every net of a netlist, from recorded registers and inputs."""
