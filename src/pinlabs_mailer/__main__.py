"""`python -m pinlabs_mailer` is `pinlabs-mailer`."""

from pinlabs_mailer.cli import main

main()
