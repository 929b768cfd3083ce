"""A session belongs to the browser that proved itself: what planted, old and left-over cookies are worth."""
