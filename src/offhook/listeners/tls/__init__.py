"""TLS at the boot doors: what each door asks of phones and shows them, and how both change while it is open."""
