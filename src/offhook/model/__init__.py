"""What exists: frozen structs, one module a noun, and the types that guard them (`Secret`, `Problem`). No I/O lives here."""
