"""What keeps mail from arriving: checks of the running set-up, and the DNS records to publish.

Nothing here changes anything: DNS is asked, the relay and the pages are visited, the database is
read. What comes from outside is hostile: answers are cut, waits are bounded, a failed check is a
finding like any other.
"""
