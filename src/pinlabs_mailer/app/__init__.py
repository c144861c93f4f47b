"""The installation put together, and the acts that commands, pages and the worker share."""

from pinlabs_mailer.app.installation import App

__all__ = ["App"]
