"""The guided tour: a whole installation on one machine, and an inbox to look at.

Nothing here is a part of the mailer: it only acts as its operator, its readers and its relay.
"""

from pinlabs_mailer.demo.stage import Stage, set_up
from pinlabs_mailer.demo.tour import Summary, tour

__all__ = ["Stage", "Summary", "set_up", "tour"]
