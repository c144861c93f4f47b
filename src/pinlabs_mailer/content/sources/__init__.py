"""One module a form in which posts are published. Each has the same two functions.

`recognises(text)` looks at decoded text; `read(body, base_url)` returns a `Reading`. A source
only finds `Draft`s; `content.vetting` decides which of them are posts.
"""
