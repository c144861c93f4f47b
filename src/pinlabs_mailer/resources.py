"""Where `migrations/` and `templates/` are: inside an installed wheel, or beside `src/`."""

from pathlib import Path

from pinlabs_mailer.errors import ConfigurationError

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent.parent


def directory(name: str) -> Path:
    """Return the folder `name` of this installation.

    A wheel carries it inside the package; an editable checkout and an unpacked sdist have it
    at the top level.
    """
    for place in (_PACKAGE / name, _CHECKOUT / name):
        if place.is_dir():
            return place
    raise ConfigurationError(
        f"The folder {name}/ is missing from this installation of pinlabs-mailer.",
        "Install the package again: pip install --force-reinstall pinlabs-mailer",
    )
