"""The one tree of errors.

    MailerError                 what happened, and the next step
    ├── UsageError              the caller's words are off                     exit 2
    │   ├── BadAddress          an email address that is none
    │   ├── BadInput            a feed, file or value that can't be taken
    │   └── NotFound            no such topic, person, issue, delivery
    ├── ConfigurationError      a setting, template or database to put right   exit 3
    │   └── DatabaseNotReady    missing, read-only, not upgraded, too new
    └── Unavailable             nothing lost, try again later                  exit 75
        ├── DatabaseAway        no answer from the database
        ├── RelayAway           no relay answered
        ├── RunStopped          a fault that is no recipient's stopped the run
        └── Stopped             somebody asked the run to stop

The domain raises these; `cli` and `web` each have one table that turns them into an exit
code or a status. `temporary` says whether the same call can work later without a change.
"""


class MailerError(Exception):
    """Something that a person is told: what happened, and the next step."""

    temporary = False

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\n{self.next_step}" if self.next_step else self.what


class UsageError(MailerError):
    """The words of the call are off; the same call will not work later."""


class BadAddress(UsageError):
    """A text that was given as an email address and is none."""


class BadInput(UsageError):
    """A file, feed or value that cannot be taken as it is."""


class NotFound(UsageError):
    """The thing that was named does not exist."""


class ConfigurationError(MailerError):
    """A setting, a template or the database has to be put right first."""


class DatabaseNotReady(ConfigurationError):
    """The database is missing, read-only, not upgraded or newer than the code."""


class Unavailable(MailerError):
    """Nothing could be done now and nothing is lost: run it again."""

    temporary = True


class DatabaseAway(Unavailable):
    """The database server does not answer."""


class RelayAway(Unavailable):
    """No connection to the relay could be made."""


class RunStopped(Unavailable):
    """The relay refused for a reason that is no recipient's: credentials, policy, content."""


class Stopped(Unavailable):
    """The run was asked to stop, and did so in order."""
