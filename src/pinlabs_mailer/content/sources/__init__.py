"""One module for each kind of source. All have the same shape, so that a new one is a copy.

`TOPIC` is where its items belong unless the operator says otherwise. `MAX_BYTES` bounds one
document. `address(location)` returns what to fetch first, and `read(document)` what is in a
document that was fetched. Nothing here fetches or stores: a source only finds `Draft`s, and
`content.vetting` decides which of them are items. BadInput speaks of the document as "It".

`jsonfeed` has no kind of its own: it is the form of a feed.
"""
