"""Real SIP on loopback: Kamailio as `deploy/kamailio` configures it, baresip as desk phones, sipp as everybody else."""
