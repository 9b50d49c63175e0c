"""`import groundwire.auto`: what `groundwire.init()` does, with everything from the environment."""

import groundwire

groundwire.init()
