"""The `offhook` command. It talks to the admin door; only `serve` opens the store."""
