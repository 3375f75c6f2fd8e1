"""What admins use: the REST API, office files in and out. No rule about documents lives here; those are the registry's."""
