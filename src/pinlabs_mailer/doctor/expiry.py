"""How long a certificate is still good for. Pure."""

import ssl
from datetime import UTC, datetime, timedelta

from pinlabs_mailer.doctor.finding import Finding, Topic

_SOON = timedelta(days=14)


def expiry(topic: Topic, host: str, ends: str | None, now: datetime) -> Finding:
    """Return what is to be said of an end as certificates write it. An expired one is refused."""
    if ends is None:
        return topic.unknown(f"{host} shows no end of its certificate.", "Look at it by hand.")
    end = datetime.fromtimestamp(ssl.cert_time_to_seconds(ends), UTC)
    days = (end - now).days
    if end - now < _SOON:
        return topic.warning(
            f"The certificate of {host} ends in {days} day{'s' * (days != 1)}.", "Renew it."
        )
    return topic.ok(f"The certificate of {host} is good for {days} days")
