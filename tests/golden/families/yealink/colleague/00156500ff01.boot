#!version:1.0.0.1

include:config "y000000000188.cfg"
include:config "00156500ff01.cfg"

## What our files leave out goes back to the factory's value: a phone that changes hands keeps nothing.
overwrite_mode = 1
