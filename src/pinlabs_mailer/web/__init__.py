"""The pages that recipients see, and the web server."""

from pinlabs_mailer.web.site import create_site

__all__ = ["create_site"]
